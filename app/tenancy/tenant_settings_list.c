/* tenant_settings_list.c - every setting of a company.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "tenancy/tenant_settings.h"

#include "base/error.h"
#include "tenancy/tenant_setting.h"

#define AREA_MAX 4000

static const struct choice date_formats[] = {{"iso", "2026-12-31"},
    {"day", "31 December 2026"}, {"month", "December 31, 2026"}, {NULL}};

/* clang-format off */
const struct field tenant_setting_fields[] = {
	/* -- company -- */
	{"legalName",	"value",	FIELD_TEXT,	EDIT, NULL,
	 .label = "Legal name", .hint = "As in the commercial register. Empty: the company's name.", .max = 128},
	{"line1",	"value",	FIELD_TEXT,	EDIT, NULL, .label = "Address", .max = 128},
	{"line2",	"value",	FIELD_TEXT,	EDIT, NULL, .label = "Address, second line", .max = 128},
	{"postalCode",	"value",	FIELD_TEXT,	EDIT, NULL, .label = "Postal code", .max = 20},
	{"city",	"value",	FIELD_TEXT,	EDIT, NULL, .label = "City", .max = 128},
	{"state",	"value",	FIELD_TEXT,	EDIT, NULL, .label = "State", .max = 60},
	{"country",	"value",	FIELD_COUNTRY,	EDIT, NULL,
	 .label = "Country", .hint = "Two letters, like DE."},
	{"taxId",	"value",	FIELD_TEXT,	EDIT, NULL,
	 .label = "Tax id", .hint = "VAT number or the like.", .max = 40},
	{"registration", "value",	FIELD_TEXT,	EDIT, NULL,
	 .label = "Registration", .hint = "Court and number, where the law wants them on invoices.", .max = 128},

	/* -- money -- */
	{"currency",	"value",	FIELD_CURRENCY,	EDIT | REQUIRED, NULL,
	 .label = "Currency", .hint = "Of new products and customers. It stays once there are invoices.",
	 .first = "USD"},
	{"invoiceDueDays", "value",	FIELD_INT,	EDIT | DEFAULTED, NULL,
	 .label = "Days to pay", .hint = "From an invoice's day to the day on which it is due.", .first = "14", .max = 365},
	{"invoiceFooter", "value",	FIELD_AREA,	EDIT, NULL,
	 .label = "Below every invoice", .hint = "A word of thanks, or what the law asks for.", .max = AREA_MAX},
	{"bankInstructions", "value",	FIELD_AREA,	EDIT, NULL,
	 .label = "How to pay by bank transfer", .hint = "Account, IBAN and what to write as the reference. "
	 "Customers read it beside what they owe.", .max = AREA_MAX},

	/* -- region -- */
	{"timeZone",	"value",	FIELD_TEXT,	EDIT | DEFAULTED, NULL,
	 .label = "Time zone", .hint = "Like Europe/Berlin. New people begin with it.", .first = "UTC", .max = 64},
	{"dateFormat",	"value",	FIELD_WORD,	EDIT | DEFAULTED, NULL,
	 .label = "Dates", .hint = "New people begin with it.", .first = "day", .choice = date_formats},

	/* -- security -- */
	{"approveRefundOver", "value",	FIELD_INT,	EDIT | DEFAULTED, NULL,
	 .label = "Refunds above this need a second person", .hint = "In whole units of the company's currency; "
	 "a refund in another currency always does then. 0: none does.", .first = "0", .max = 1000000000},
	{"approveRemovalsOver", "value",	FIELD_INT,	EDIT | DEFAULTED, NULL,
	 .label = "Removing more websites than this needs a second person", .hint = "Counted by person: at once, or "
	 "one by one within an hour. 0: no limit but the installation's.", .first = "0", .max = 1000},
	{"approveRoleChanges", "value",	FIELD_BOOL,	EDIT | DEFAULTED, NULL,
	 .label = "Giving somebody of staff a role needs a second person", .hint = "So do invitations, and giving "
	 "a role that people have more rights.", .first = "0"},
	{"factorRequiredRoles", "value", FIELD_TAGS,	EDIT, NULL,
	 .label = "Roles that must have a second factor", .hint = "Built-in ones, separated by commas, like "
	 "owner, admin. Roles that you made say so themselves.", .first = "[]"},

	/* -- customers -- */
	/* customer_welcome() asks for it as it is kept */
	{"welcomeCustomers", "value",	FIELD_BOOL,	EDIT | DEFAULTED, NULL,
	 .label = "A customer's first order brings a log-in", .hint = "They get a mail with a link, choose a "
	 "password and see what they have.", .first = "1"},

	/* -- support -- */
	{"supportHours", "value",	FIELD_TEXT,	EDIT, NULL,
	 .label = "Hours", .hint = "Like Monday to Friday, 9:00 to 17:00. Below every mail, beside your address.",
	 .max = 200},
	{"supportPhone", "value",	FIELD_TEXT,	EDIT, NULL, .label = "Telephone", .hint = "Below every mail.", .max = 40},

	/* -- help desk -- */
	{"helpHours",	"value",	FIELD_TEXT,	EDIT, NULL,
	 .label = "Opening hours", .hint = "Like Mon-Fri 9:00-17:00, Sat 10:00-13:00, by the company's time zone. "
	 "Clocks of tickets run only then. Empty: always.", .first = "Mon-Fri 9:00-17:00", .max = 400},
	{"helpHolidays", "value",	FIELD_TEXT,	EDIT, NULL,
	 .label = "Holidays", .hint = "Like 12-25, 2027-03-26: without a year it is each year's.", .max = 1000},
	{"helpFirstUrgent", "value",	FIELD_INT,	EDIT | DEFAULTED, NULL,
	 .label = "First answer to urgent tickets", .hint = "Minutes of your hours. 0: nothing is promised.", .first = "60", .max = 1000000},
	{"helpFirstHigh", "value",	FIELD_INT,	EDIT | DEFAULTED, NULL,
	 .label = "First answer to high tickets", .hint = "Minutes of your hours. 0: nothing is promised.", .first = "240", .max = 1000000},
	{"helpFirstNormal", "value",	FIELD_INT,	EDIT | DEFAULTED, NULL,
	 .label = "First answer to normal tickets", .hint = "Minutes of your hours. 0: nothing is promised.", .first = "480", .max = 1000000},
	{"helpFirstLow", "value",	FIELD_INT,	EDIT | DEFAULTED, NULL,
	 .label = "First answer to low tickets", .hint = "Minutes of your hours. 0: nothing is promised.", .first = "1440", .max = 1000000},
	{"helpSolvedUrgent", "value",	FIELD_INT,	EDIT | DEFAULTED, NULL,
	 .label = "Solution of urgent tickets", .hint = "Minutes of your hours, without those in which you wait for the customer. 0: nothing is promised.", .first = "480", .max = 1000000},
	{"helpSolvedHigh", "value",	FIELD_INT,	EDIT | DEFAULTED, NULL,
	 .label = "Solution of high tickets", .hint = "Minutes of your hours, without those in which you wait for the customer. 0: nothing is promised.", .first = "1440", .max = 1000000},
	{"helpSolvedNormal", "value",	FIELD_INT,	EDIT | DEFAULTED, NULL,
	 .label = "Solution of normal tickets", .hint = "Minutes of your hours, without those in which you wait for the customer. 0: nothing is promised.", .first = "2880", .max = 1000000},
	{"helpSolvedLow", "value",	FIELD_INT,	EDIT | DEFAULTED, NULL,
	 .label = "Solution of low tickets", .hint = "Minutes of your hours, without those in which you wait for the customer. 0: nothing is promised.", .first = "0", .max = 1000000},
};

const struct settings_group settings_groups[] = {
	{"company", "Company", "Who sells: this stands on every invoice that is issued from now on.", "legalName"},
	{"money", "Money and invoices", "What invoices ask for, and how they are paid.", "currency"},
	{"region", "Time and dates", "What somebody new begins with. Everybody may choose for themselves.", "timeZone"},
	{"security", "Security", "Who must be asked, and who must show a second factor. What the installation "
	 "asks for as well holds, too.", "approveRefundOver"},
	{"customers", "Customers", "How customers come to the pages that are theirs.", "welcomeCustomers"},
	{"support", "Support", "When and where customers reach you.", "supportHours"},
	{"help", "Help desk", "By when tickets are answered and solved. Staff are told of those that are over "
	 "their time.", "helpHours"},
	{NULL},
};
/* clang-format on */

_Static_assert(
    N_TENANT_SETTINGS <= NOUN_FIELDS_MAX, "struct values has no room");
