# main/: the processes and the wiring
bin_PROGRAMS += mpanel
mpanel_SOURCES = \
	app/main/mpanel.c
mpanel_LDADD = $(ROOM_LIBS) libweb.a liboutside.a $(STORE_LIBS) \
	$(FCGI_LIBS) $(CURL_LIBS)
