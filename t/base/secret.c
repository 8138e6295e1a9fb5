/* secret.c - tests of base/secret.h.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/secret.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "tap.h"

static struct arena *a;
static char dir[64];

static void
tokens(void)
{
	char one[TOKEN_MAX], two[TOKEN_MAX];
	char hash[TOKEN_HASH_LEN], content[TOKEN_HASH_LEN];

	token_new("mpk_", one);
	token_new("mpk_", two);
	ok(strncmp(one, "mpk_", 4) == 0 && strlen(one) == 47 &&
		strspn(one + 4, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"abcdefghijklmnopqrstuvwxyz0123456789-_") == 43,
	    "a token is its prefix and 43 characters of base64url");
	ok(strcmp(one, two) != 0, "no two are the same");
	token_new("", one);
	ok(strlen(one) == 43, "the prefix may be empty");
	token_hash("abc", hash);
	is_str(hash,
	    "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
	    "a token's hash is BLAKE2b-256");
	content_hash("abc", 3, content);
	is_str(content, hash, "as is that of content");
	ok(random_below(1) == 0 && random_below(10) < 10,
	    "random_below() keeps its bound");
}

static void
passwords(void)
{
	char hash[128], other[128];

	ok(password_hash("correct horse", hash) == OK &&
		password_hash("correct horse", other) == OK,
	    "a password is hashed");
	ok(strncmp(hash, "$argon2id$v=19$m=65536,t=2,p=1$", 31) == 0,
	    "with argon2id, 64 MiB, two passes");
	ok(strcmp(hash, other) != 0, "and a salt");
	is_int(password_verify(hash, "correct horse"), OK, "it verifies");
	is_int(password_verify(hash, "correct horsE"), E_DENIED,
	    "another does not");
	is_int(password_verify(hash, ""), E_DENIED, "nor does an empty one");
	ok(password_verify(NULL, "correct horse") == E_DENIED &&
		password_verify("", "") == E_DENIED &&
		password_verify("$1$x", "x") == E_DENIED &&
		password_verify("$argon2id$broken", "x") == E_DENIED,
	    "a missing or broken hash never verifies");
}

static const char *
in_dir(const char *name)
{
	static char path[2][128];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
	return path[turn];
}

static void
write_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	size_t n = strlen(text);

	if (fd < 0 || write(fd, text, n) != (ssize_t)n || fchmod(fd, mode) < 0)
		bail("cannot write %s", name);
	close(fd);
}

#define KEY1                                                                   \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"
#define KEY2                                                                   \
	"ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100\n"

static enum err
open_file(const char *name)
{
	struct secret_box *box = NULL;
	enum err e = secret_box_open(in_dir(name), &box);

	if (e == OK)
		secret_box_close(&box);
	return e;
}

static void
key_files(void)
{
	struct stat st;

	ok(secret_key_create(in_dir("key")) == OK &&
		stat(in_dir("key"), &st) == 0 && (st.st_mode & 0777) == 0400,
	    "a new key file is 0400");
	ok(open_file("key") == OK, "and opens");
	ok(secret_key_create(in_dir("key")) == E_SYS,
	    "an existing file is not overwritten");
	write_file("open", KEY1, 0440);
	ok(open_file("open") == E_SYS,
	    "a file that others may read is refused");
	ok(open_file("absent") == E_SYS, "so is an absent one");
	ok(symlink("key", in_dir("link")) == 0 && open_file("link") == E_SYS,
	    "so is a link");
	ok(mkdir(in_dir("folder"), 0700) == 0 && open_file("folder") == E_SYS,
	    "so is a folder");
	write_file("empty", "", 0400);
	ok(open_file("empty") == E_SYS, "so is an empty one");
	write_file("short", "0011\n", 0400);
	ok(open_file("short") == E_SYS, "so is a short key");
	write_file("text", KEY1 "and more\n", 0400);
	ok(open_file("text") == E_SYS, "so is text behind the keys");
	write_file("nine", KEY1 KEY1 KEY1 KEY1 KEY1 KEY1 KEY1 KEY1 KEY1, 0400);
	ok(open_file("nine") == E_SYS, "so are more than eight keys");
}

static const struct secret_place place = {"t1", "tokens", "r1", "secret"};

static void
sealing(void)
{
	struct secret_box *box = NULL;
	const char *sealed = NULL, *again = NULL, *plain = NULL;
	/* clang-format off */
	const struct secret_place elsewhere[] = {
		{ "t2", "tokens", "r1", "secret" },
		{ "t1", "token", "r1", "secret" },
		{ "t1", "tokens", "r2", "secret" },
		{ "t1", "tokens", "r1", "secret2" },
		{ "t1", "tokensr1", "", "secret" },
	};
	/* clang-format on */

	write_file("one", KEY1, 0400);
	if (secret_box_open(in_dir("one"), &box) != OK)
		bail("no box");
	ok(secret_seal(a, box, &place, "s3cret \xc3\xb6", &sealed) == OK &&
		strncmp(sealed, "v1.", 3) == 0 && !strstr(sealed, "s3cret"),
	    "a secret is sealed: %s", sealed);
	ok(secret_unseal(a, box, &place, sealed, &plain) == OK &&
		strcmp(plain, "s3cret \xc3\xb6") == 0,
	    "and unsealed");
	ok(secret_seal(a, box, &place, "s3cret \xc3\xb6", &again) == OK &&
		strcmp(again, sealed) != 0,
	    "the same secret is sealed anew each time");
	for (size_t i = 0; i < N_ELEMS(elsewhere); i++)
		ok(secret_unseal(a, box, &elsewhere[i], sealed, &plain) ==
			E_DENIED,
		    "it cannot be moved to another place, case %zu", i);
	ok(secret_seal(a, box, &place, "", &again) == OK &&
		secret_unseal(a, box, &place, again, &plain) == OK &&
		plain[0] == '\0',
	    "an empty secret can be sealed");
	secret_box_close(&box);
	ok(box == NULL, "closing clears the pointer");
}

static void
tampering(void)
{
	struct secret_box *box = NULL;
	const char *sealed = NULL, *plain = NULL;
	static const char *const broken[] = {"", "v1.", "v1.0000", "v2.x.y",
	    "v1.00000000.AAAA", "plain text", "v1.........."};
	bool good = true;

	if (secret_box_open(in_dir("one"), &box) != OK ||
	    secret_seal(a, box, &place, "s3cret", &sealed) != OK)
		bail("no box");
	for (size_t i = 0; sealed[i]; i++) {
		char *copy = arena_strdup(a, sealed);

		copy[i] = copy[i] == 'A' ? 'B' : 'A';
		good &= secret_unseal(a, box, &place, copy, &plain) == E_DENIED;
		copy[i] = '\0';
		good &= secret_unseal(a, box, &place, copy, &plain) == E_DENIED;
	}
	good &= secret_unseal(a, box, &place, arena_printf(a, "%sA", sealed),
		    &plain) == E_DENIED;
	ok(good, "no changed, cut or lengthened text is unsealed");
	for (size_t i = 0; i < N_ELEMS(broken); i++)
		ok(secret_unseal(a, box, &place, broken[i], &plain) == E_DENIED,
		    "broken text %zu is refused", i);
	ok(plain == NULL, "a refusal leaves the output alone");
	secret_box_close(&box);
}

static void
rotation(void)
{
	struct secret_box *old = NULL, *both = NULL, *new = NULL;
	const char *sealed = NULL, *resealed = NULL, *plain = NULL;

	write_file("both", KEY2 KEY1, 0400);
	write_file("new", KEY2, 0400);
	if (secret_box_open(in_dir("one"), &old) != OK ||
	    secret_box_open(in_dir("both"), &both) != OK ||
	    secret_box_open(in_dir("new"), &new) != OK)
		bail("no boxes");
	ok(secret_seal(a, old, &place, "x", &sealed) == OK &&
		secret_unseal(a, both, &place, sealed, &plain) == OK,
	    "with the old key still there old secrets are unsealed");
	ok(secret_seal(a, both, &place, "x", &resealed) == OK &&
		secret_unseal(a, new, &place, resealed, &plain) == OK,
	    "the first key seals");
	ok(secret_unseal(a, new, &place, sealed, &plain) == E_DENIED,
	    "without the old key old secrets stay sealed");
	secret_box_close(&old);
	secret_box_close(&both);
	secret_box_close(&new);
}

int
main(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/secret.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir) || secret_init() != OK)
		bail("no folder");
	log_set_level(LOG__MAX);
	a = arena_new(1 << 20);
	tokens();
	passwords();
	key_files();
	sealing();
	tampering();
	rotation();
	arena_free(&a);
	static const char *const files[] = {"key", "open", "link", "empty",
	    "short", "text", "nine", "one", "both", "new"};
	for (size_t i = 0; i < N_ELEMS(files); i++)
		unlink(in_dir(files[i]));
	rmdir(in_dir("folder"));
	rmdir(dir);
	return tap_done();
}
