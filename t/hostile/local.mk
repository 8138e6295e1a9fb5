# hostile HTTP; the scripts are found by t/run

hostile:
	MPANEL_MUTANTS=100000 MPANEL_TEST_TIMEOUT=3600 \
	  $(srcdir)/t/run --build . --jobs 1 t/hostile

.PHONY: hostile
