# outside/: clients of other people's systems; sees only base/
noinst_LIBRARIES += liboutside.a
liboutside_a_SOURCES =
