/* load_options.c - the command line of those who send requests.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "load_options.h"

#include <getopt.h>
#include <stdlib.h>

enum { PORT, CONNECTIONS, SECONDS, REQUESTS, SEED, SHARED };

static const char *const shared[SHARED] = {
    [PORT] = "port",
    [CONNECTIONS] = "connections",
    [SECONDS] = "seconds",
    [REQUESTS] = "requests",
    [SEED] = "seed",
};

static void
take_own(const struct load_option *own, const char *value)
{
	if (own->number)
		*own->number = atof(value);
	else
		*own->text = value;
}

bool
load_options_read(struct load_options *o, const struct load_option *own,
    int argc, char **argv)
{
	struct option all[SHARED + LOAD_OPTIONS_OWN_MAX + 1] = {0};
	int c;

	for (int i = 0; i < SHARED; i++)
		all[i] = (struct option){shared[i], 1, NULL, i};
	for (int i = 0; i < LOAD_OPTIONS_OWN_MAX && own[i].name; i++)
		all[SHARED + i] =
		    (struct option){own[i].name, 1, NULL, SHARED + i};
	while ((c = getopt_long(argc, argv, "", all, NULL)) != -1)
		switch (c) {
		case PORT:
			o->port = atoi(optarg);
			break;
		case CONNECTIONS:
			o->connections = atoi(optarg);
			break;
		case SECONDS:
			o->seconds = atof(optarg);
			break;
		case REQUESTS:
			o->requests = atol(optarg);
			break;
		case SEED:
			o->seed = strtoull(optarg, NULL, 0);
			break;
		case '?':
			return false;
		default:
			take_own(&own[c - SHARED], optarg);
		}
	return o->port > 0 && o->connections >= 1;
}
