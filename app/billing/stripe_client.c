/* stripe_client.c - this process's connection to Stripe, by the settings.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/stripe_client.h"

bool
stripe_is_configured(const struct settings *s)
{
	return setting_text(s, "stripe_secret_key")[0] != '\0';
}

struct stripe *
stripe_client(const struct settings *s)
{
	static struct stripe *client;

	if (!client)
		client = stripe_new(setting_text(s, "stripe_api_base"),
		    setting_text(s, "stripe_secret_key"),
		    (int)setting_int(s, "stripe_timeout_ms"));
	return client;
}
