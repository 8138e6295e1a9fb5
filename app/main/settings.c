/* settings.c - every setting of mpanel.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/settings.h"

#define DAY_S  86400
#define YEAR_S (366 * DAY_S)

/* clang-format off */
const struct setting mpanel_settings[] = {
	/* -- where things are -- */
	{ "database", SETTING_SECRET, "sqlite:./mpanel.db", 0, 0,
	  "Where the data is: `sqlite:PATH` or `postgresql://...`; secret because it may hold a password." },
	{ "database_owner", SETTING_SECRET, "", 0, 0,
	  "The same database as the role that owns the tables, for `mpanel migrate`; empty: `database`." },
	{ "state_dir", SETTING_PATH, ".", 0, 0,
	  "Folder for what the panel keeps outside the database: locks, exports, sealed files." },
	{ "socket_dir", SETTING_PATH, "./sockets", 0, 0,
	  "Folder of the FastCGI sockets; the whole path of a socket must stay under 90 bytes." },
	{ "template_dir", SETTING_PATH, "./templates", 0, 0,
	  "Folder of the page and mail templates." },
	{ "static_dir", SETTING_PATH, "./static", 0, 0,
	  "Folder of the style sheet, script and pictures, which nginx serves." },
	{ "db_dir", SETTING_PATH, "./db", 0, 0,
	  "Folder of the migrations." },
	{ "static_version", SETTING_TEXT, "", 0, 0,
	  "Put into the addresses of static files so that browsers may keep them; empty: the program's version." },
	{ "key_file", SETTING_PATH, "./mpanel.key", 0, 0,
	  "File of the keys that seal secrets in the database; mode 0400." },

	/* -- processes -- */
	{ "workers_ui", SETTING_INT, "2", 1, 256,
	  "Processes for pages and the admin API." },
	{ "workers_door", SETTING_INT, "1", 1, 256,
	  "Processes that check passwords, one at a time each: 64 MB and 60 ms of a core; beneath the others in priority." },
	{ "workers_intake", SETTING_INT, "2", 1, 256,
	  "Processes for the public API and webhooks." },
	{ "workers_worker", SETTING_INT, "1", 1, 256,
	  "Processes for the agents on the nodes." },
	{ "worker_max_requests", SETTING_INT, "100000", 1, INT32_MAX,
	  "A process is replaced after so many requests." },
	{ "worker_max_memory_mb", SETTING_INT, "128", 16, 65536,
	  "A process is replaced when it has grown beyond this." },
	{ "request_timeout_s", SETTING_INT, "20", 1, 3600,
	  "A request that takes longer is given up." },
	{ "drain_timeout_s", SETTING_INT, "10", 0, 3600,
	  "How long a stop waits for requests in flight." },
	{ "clock_offset_s", SETTING_INT, "0", -100 * (int64_t)YEAR_S, 100 * (int64_t)YEAR_S,
	  "Shifts the clock of the whole instance, for training and tests." },
	{ "dev", SETTING_BOOL, "no", 0, 0,
	  "For developers: templates are read again when they change." },
	{ "log_level", SETTING_TEXT, "info", 0, 0,
	  "Least level that is logged: debug, info, warn or error." },

	/* -- the outside of the panel -- */
	{ "base_url", SETTING_URL, "", 0, 0,
	  "Address of the panel as customers type it; used in mails, which are never built from a request's Host." },
	{ "default_tenant", SETTING_TEXT, "", 0, 0,
	  "Slug of the tenant that answers on unknown hosts; empty: they get 421." },
	{ "trusted_proxies", SETTING_TEXT, "", 0, 0,
	  "Ranges (comma separated CIDR) of proxies in front of nginx whose X-Forwarded-For is believed." },
	{ "hsts", SETTING_BOOL, "no", 0, 0,
	  "Tell browsers to use TLS only, for two years." },
	{ "preview_zone", SETTING_TEXT, "preview.example.test", 0, 0,
	  "Zone of the names that sites without a domain get." },
	{ "dns_servers", SETTING_TEXT, "", 0, 0,
	  "Name servers (comma separated addresses, with :port where it is not 53) that are asked where a customer's domain points; empty: the system's." },
	{ "dns_timeout_ms", SETTING_INT, "3000", 100, 20000,
	  "Longest wait for their answer." },
	{ "metrics_loopback", SETTING_BOOL, "yes", 0, 0,
	  "Loopback addresses may read /api/metrics without a token." },

	/* -- Stripe -- */
	{ "stripe_secret_key", SETTING_SECRET, "", 0, 0,
	  "API key; empty: paid orders are trusted without asking Stripe, and the pages say so." },
	{ "stripe_api_base", SETTING_URL, "https://api.stripe.com", 0, 0,
	  "Address of the Stripe API." },
	{ "stripe_timeout_ms", SETTING_INT, "2000", 100, 60000,
	  "Longest wait for one answer of Stripe." },
	{ "stripe_webhook_secrets", SETTING_SECRET, "", 0, 0,
	  "Signing secrets of the webhook endpoints, comma separated; two during a rotation. Their events: "
	  "`checkout.session.*` and `payment_intent.succeeded`." },
	{ "stripe_livemode", SETTING_BOOL, "no", 0, 0,
	  "Payments must be real ones; otherwise they must be test ones." },

	/* -- limits -- */
	{ "limit_exempt", SETTING_TEXT, "", 0, 0,
	  "Ranges (comma separated CIDR) that only the limits per account apply to." },
	{ "rate_anonymous_per_s", SETTING_INT, "50", 0, 1000000,
	  "Requests per second of one address that is not signed in; 0: unlimited." },
	{ "rate_login_account", SETTING_INT, "10", 1, 1000000,
	  "Tries to sign in to one account within the window." },
	{ "rate_login_address", SETTING_INT, "100", 1, 1000000,
	  "Tries to sign in from one address within the window." },
	{ "rate_login_window_s", SETTING_INT, "900", 1, DAY_S,
	  "Length of that window." },

	{ "throttle_free", SETTING_INT, "5", 1, 1000000,
	  "Failed tries to sign in to one account within the window before there is a wait: 1 s, doubled with each further one." },
	{ "throttle_address_free", SETTING_INT, "50", 1, 1000000,
	  "The same from one address (IPv6: from one /64)." },
	{ "throttle_max_s", SETTING_INT, "60", 1, DAY_S,
	  "The longest such wait." },
	{ "throttle_factor_max_s", SETTING_INT, "900", 1, DAY_S,
	  "The longest wait after wrong second factors, whose tries need the password." },
	{ "throttle_hot", SETTING_INT, "1000", 1, 1000000000,
	  "Failed tries of all within the window from which on every account and address waits after its first." },

	/* -- second factors -- */
	{ "factor_required_roles", SETTING_TEXT, "", 0, 0,
	  "Built-in roles (comma separated) whose people must have a second factor; made roles say so themselves." },
	{ "factor_email", SETTING_BOOL, "yes", 0, 0,
	  "Codes sent by e-mail may be a second factor." },

	/* -- a second person -- */
	{ "approve_refund_over", SETTING_INT, "0", 0, 1000000000,
	  "Refunds of more than so much (whole units of the company's currency; any in another one) need a second person. 0: none does." },
	{ "approve_removals_over", SETTING_INT, "5", 0, 1000,
	  "When one person removes more websites than this within an hour, at once or one by one, that needs a second person. 0: none does." },
	{ "approve_role_changes", SETTING_BOOL, "no", 0, 0,
	  "Giving somebody of staff a role, also by an invitation, needs a second person, and so does giving a role that people have more rights." },

	/* -- sessions -- */
	{ "session_idle_s", SETTING_INT, "43200", 60, YEAR_S,
	  "A session ends when it was not used for so long." },
	{ "session_absolute_s", SETTING_INT, "604800", 60, YEAR_S,
	  "A session ends so long after signing in." },
	{ "jwt_ttl_s", SETTING_INT, "900", 60, DAY_S,
	  "Life of an access token; a refresh token gets the next one." },

	/* -- queues and retention -- */
	{ "lease_seconds", SETTING_INT, "60", 15, 900,
	  "How long a claimed task belongs to its agent without a heartbeat." },
	{ "lease_backoff_s", SETTING_INT, "15", 0, DAY_S,
	  "Wait before a failed task is given out again, doubled each time." },
	{ "task_max_attempts", SETTING_INT, "5", 1, 100,
	  "A task has failed for good after so many attempts." },
	{ "refusal_keep_days", SETTING_INT, "90", 1, 3650,
	  "How long refused orders are kept." },
	{ "export_keep_days", SETTING_INT, "7", 1, 365,
	  "How long the archive of a customer's data can be fetched." },
	{ "idempotency_keep_days", SETTING_INT, "30", 1, 3650,
	  "How long the answer for an Idempotency-Key is kept." },

	{ "download_keep_h", SETTING_INT, "24", 1, 720,
	  "How long a backup that was fetched from its server can be downloaded." },
	{ "download_max_mb", SETTING_INT, "20480", 1, 1048576,
	  "Larger backups are not fetched; they take as much room on the panel's disk." },

	{ "audit_keep_days", SETTING_INT, "0", 0, 36500,
	  "How long the audit log is kept, at least 90 days; what is older goes together with a sealed checkpoint. 0: for ever." },

	/* -- the help desk -- */
	{ "attachments_max", SETTING_INT, "5", 1, 20,
	  "Files that one message of a ticket may have." },
	{ "attachment_max_kb", SETTING_INT, "5120", 1, 12000,
	  "The largest of them, in KiB; all of one message together have at most 12 MiB." },

	/* -- mail -- */
	{ "mail_from", SETTING_TEXT, "", 0, 0,
	  "Sender of mails: a bare address; tenants may have another one shown." },
	{ "smtp_url", SETTING_SECRET, "", 0, 0,
	  "Mail server, `smtp://` or `smtps://`, with `user:password@` where it wants a log-in; empty: mails wait in the outbox." },
	{ "smtp_needs_tls", SETTING_BOOL, "yes", 0, 0,
	  "Refuse a `smtp://` server that offers no STARTTLS; `no` is for one on this machine." },
	{ "smtp_ca_file", SETTING_PATH, "", 0, 0,
	  "Certificates that the mail server's is checked against; empty: the system's." },
	{ "smtp_timeout_s", SETTING_INT, "60", 1, 240,
	  "Longest conversation with the mail server about one mail." },
	{ "mail_in_domains", SETTING_TEXT, "", 0, 0,
	  "Domains whose mails the mail server hands to `mpanel mail-in`, comma separated; `example.com=slug` says which company's it is; empty: tickets are not answered by mail." },
	{ "mail_in_max_kb", SETTING_INT, "25600", 64, 102400,
	  "The largest mail that is taken in, in KiB; others go back to their senders." },
	{ "mail_in_per_hour", SETTING_INT, "60", 1, 100000,
	  "Mails of one sender within an hour; further ones wait at the mail server." },
	{ "mail_max_age_h", SETTING_INT, "72", 1, 8760,
	  "A mail that could not be sent for so long is given up and shown to staff." },
	{ NULL, SETTING_TEXT, NULL, 0, 0, NULL },
};
/* clang-format on */
