# tenant predicates taken away, one by one: a library to be loaded before others
mutant_tools = t/mutants/arm.so
EXTRA_PROGRAMS += $(mutant_tools)
t_mutants_arm_so_SOURCES = t/mutants/arm.c
t_mutants_arm_so_CFLAGS = $(AM_CFLAGS) -fPIC -fvisibility=hidden
t_mutants_arm_so_LDFLAGS = -shared

# Each tenant predicate and each check of a permission taken away, in turn, in a
# running panel: an hour and more.
mutants: check-programs
	MPANEL_PREDICATES=all MPANEL_PERMISSIONS=all MPANEL_TEST_TIMEOUT=7200 \
	  MPANEL_TEST_SHOW=1 \
	  $(srcdir)/t/run --build . --jobs 2 t/mutants

.PHONY: mutants
