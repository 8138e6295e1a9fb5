# what is installed beside the programs: templates, static files, schema,
# the edge's configuration, systemd units
nginxdir = $(pkgdatadir)/nginx
unitdir = $(prefix)/lib/systemd/system
NGINX_PLAIN = fastcgi.conf file.conf headers.conf http.conf mime.types tls.conf
NGINX_FILLED = panel.conf site.conf
UNITS = mpanel.service mpanel-work.service mpanel-agent.service \
	mpanel-backup.service mpanel-backup.timer
# mpanel.sysusers becomes sysusers.d/mpanel.conf
sysusersdir = $(prefix)/lib/sysusers.d
tmpfilesdir = $(prefix)/lib/tmpfiles.d
logrotatedir = $(sysconfdir)/logrotate.d
PROGRAMS_HERE = mpanel mpanel-agent
DATA_TREES = templates static db

EXTRA_DIST += nginx $(DATA_TREES)

# A tree is copied beside the old one and changes places with it, so that no
# file of an older version stays behind.  The version of static/ is a hash of
# all its names and bytes: part of every address, so that a browser may keep
# what it has for ever.
install-data-local:
	$(MKDIR_P) "$(DESTDIR)$(nginxdir)" "$(DESTDIR)$(unitdir)" \
	  "$(DESTDIR)$(sysusersdir)" "$(DESTDIR)$(tmpfilesdir)" \
	  "$(DESTDIR)$(logrotatedir)"
	for tree in $(DATA_TREES); do \
	  to="$(DESTDIR)$(pkgdatadir)/$$tree"; \
	  rm -rf "$$to.new" && cp -R "$(srcdir)/$$tree" "$$to.new" && \
	  chmod -R u=rwX,go=rX "$$to.new" && rm -rf "$$to" && \
	  mv "$$to.new" "$$to" || exit 1; \
	done
	version=`cd "$(srcdir)/static" && find . -type f | LC_ALL=C sort | \
	  xargs -d '\n' sha256sum | sha256sum | cut -c1-12`; \
	echo "$$version" >"$(DESTDIR)$(pkgdatadir)/static.version"; \
	fill() { sed -e 's|[@]pkgdatadir@|$(pkgdatadir)|g' \
	  -e 's|[@]nginxdir@|$(nginxdir)|g' -e 's|[@]bindir@|$(bindir)|g' \
	  -e 's|[@]sysconfdir@|$(sysconfdir)|g' \
	  -e "s|[@]version@|$$version|g" "$(srcdir)/nginx/$$1.in" >"$$2"; }; \
	for file in $(NGINX_FILLED); do \
	  fill $$file "$(DESTDIR)$(nginxdir)/$$file" || exit 1; \
	done; \
	for file in $(UNITS); do \
	  fill $$file "$(DESTDIR)$(unitdir)/$$file" || exit 1; \
	done; \
	fill mpanel.conf "$(DESTDIR)$(pkgdatadir)/mpanel.conf"
	for name in $(PROGRAMS_HERE); do \
	  $(INSTALL_DATA) "$(srcdir)/nginx/$$name.sysusers" \
	    "$(DESTDIR)$(sysusersdir)/$$name.conf" && \
	  $(INSTALL_DATA) "$(srcdir)/nginx/$$name.tmpfiles" \
	    "$(DESTDIR)$(tmpfilesdir)/$$name.conf" || exit 1; \
	done
	$(INSTALL_DATA) "$(srcdir)/nginx/mpanel-agent.logrotate" \
	  "$(DESTDIR)$(logrotatedir)/mpanel-agent"
	for file in $(NGINX_PLAIN) start.conf.in; do \
	  $(INSTALL_DATA) "$(srcdir)/nginx/$$file" "$(DESTDIR)$(nginxdir)"; \
	done

uninstall-local:
	for tree in $(DATA_TREES) nginx static.version mpanel.conf; do \
	  rm -rf "$(DESTDIR)$(pkgdatadir)/$$tree"; \
	done
	for file in $(UNITS); do rm -f "$(DESTDIR)$(unitdir)/$$file"; done
	for name in $(PROGRAMS_HERE); do \
	  rm -f "$(DESTDIR)$(sysusersdir)/$$name.conf" \
	    "$(DESTDIR)$(tmpfilesdir)/$$name.conf"; \
	done
	rm -f "$(DESTDIR)$(logrotatedir)/mpanel-agent"
