# hostile HTTP; the scripts are found by t/run

hostile:
	MPANEL_MUTANTS=100000 MPANEL_TEST_TIMEOUT=3600 \
	  $(srcdir)/t/run --build . --jobs 1 t/hostile

# sqlmap and wapiti over every route; half an hour.
scan:
	$(srcdir)/tools/need hostile
	MPANEL_TEST_TIMEOUT=7200 $(srcdir)/t/run --build . t/hostile/scan

.PHONY: hostile scan
