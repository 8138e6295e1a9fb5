/* files.c - attachments: what they are called, and that they are on the disk.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/secret.h"
#include "support/ticket_file.h"
#include "tap.h"

static struct arena *arena;

static void
test_names(void)
{
	static const struct {
		const char *from, *to;
	} names[] = {
	    {"report.pdf", "report.pdf"},
	    {"../../etc/passwd", "passwd"},
	    {"C:\\Users\\ada\\shot.png", "shot.png"},
	    {"a\r\nSet-Cookie: x=1.txt", "aSet-Cookie x=1.txt"},
	    {"quote\"d.txt", "quoted.txt"},
	    {"...", "file"},
	    {"", "file"},
	    {"..", "file"},
	    {".htaccess", "htaccess"},
	    {"trailing. . ", "trailing"},
	    {"Übersicht – März.csv", "Übersicht – März.csv"},
	    {"\xe2\x80\xaegpj.exe", "gpj.exe"},
	    {"bad\xff\xc0name.txt", "bad__name.txt"},
	    {"a/", "file"},
	    {"nul\x01.txt", "nul.txt"},
	};
	char longest[400];

	for (size_t i = 0; i < N_ELEMS(names); i++)
		is_str(ticket_file_name(arena, names[i].from), names[i].to,
		    names[i].to);
	memset(longest, 'x', sizeof(longest));
	strcpy(longest + sizeof(longest) - 5, ".zip");
	is_int((int64_t)strlen(ticket_file_name(arena, longest)), 100,
	    "a name is cut");
	is_str(ticket_file_name(arena, longest) + 96, ".zip",
	    "but keeps its ending");
	memset(longest, '.', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	is_str(
	    ticket_file_name(arena, longest), "file", "dots alone are no name");
}

static void
test_headers(void)
{
	is_str(ticket_file_type("x.PNG"), "image/png", "a picture is one");
	is_str(ticket_file_type("x.html"), "application/octet-stream",
	    "a page is not");
	is_str(ticket_file_type("x.svg"), "application/octet-stream",
	    "nor a drawing that may have a script");
	is_str(ticket_file_type("png"), "application/octet-stream",
	    "nor what has no ending");
	is_str(ticket_file_disposition(arena, "a b.txt"),
	    "attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt",
	    "a plain name");
	is_str(ticket_file_disposition(arena, "März 100%.csv"),
	    "attachment; filename=\"M_rz 100_.csv\"; "
	    "filename*=UTF-8''M%C3%A4rz%20100%25.csv",
	    "and one with other letters");
}

/* ---- on the disk ---- */

static struct settings *
settings_in(const char *dir)
{
	struct settings *s;
	struct buf b;

	buf_init(&b, 0);
	if (settings_load(mpanel_settings, NULL, &s, &b) != OK ||
	    settings_put(s, "state_dir", dir, &b) != OK ||
	    settings_put(s, "attachments_max", "2", &b) != OK ||
	    settings_put(s, "attachment_max_kb", "1", &b) != OK)
		bail("%s", buf_str(&b));
	buf_fini(&b);
	return s;
}

static bool
has_bytes(const char *path, const char *want, size_t n)
{
	char *got = arena_alloc(arena, n + 1);
	struct stat st;

	if (stat(path, &st) != 0 || st.st_size != (off_t)n ||
	    (st.st_mode & 07777) != 0640)
		return false;
	FILE *f = fopen(path, "r");
	size_t k = f ? fread(got, 1, n, f) : 0;

	if (f)
		fclose(f);
	return k == n && memcmp(got, want, n) == 0;
}

static void
test_keeping(void)
{
	static const char big[1025] = "x";
	const struct ticket_upload good[] = {
	    {"../a.txt", "one", 3}, {"b.png", "\0\1", 2}};
	const struct ticket_upload large[] = {{"big.bin", big, 1025}};
	const struct ticket_upload none[] = {{"none.txt", "", 0}};
	const struct ticket_upload many[] = {
	    {"1", "1", 1}, {"2", "2", 1}, {"3", "3", 1}};
	const struct id tenant = id_new(1);
	const struct ticket_file *list = NULL;
	char dir[] = "/tmp/mpanel-files-XXXXXX";
	struct problems p;
	struct buf complaint;
	struct settings *s;

	if (!mkdtemp(dir))
		bail("mkdtemp");
	s = settings_in(dir);
	buf_init(&complaint, 0);
	problems_init(&p, arena);
	is_int(ticket_files_keep(arena, &p, s, &tenant, good, 2, &list), OK,
	    "two files are kept");
	for (size_t i = 0; i < 2; i++)
		ok(has_bytes(arena_printf(arena, "%s/%s/%s", dir, TICKET_FILES,
				 ticket_file_path(arena, &tenant, list[i].hash,
				     &list[i].id)),
		       good[i].data, good[i].len),
		    "file %zu is there, byte for byte, for its group", i);
	is_str(list[0].name, "a.txt", "its name is clean");
	is_int(list[1].bytes, 2, "and its size known");
	is_int(ticket_files_keep(arena, &p, s, &tenant, large, 1, &list),
	    E_INPUT, "one that is too large is refused");
	is_str(p.item[0].code, "too_large", "and says so");
	is_int(ticket_files_keep(arena, &p, s, &tenant, none, 1, &list),
	    E_INPUT, "an empty one too");
	is_int(ticket_files_keep(arena, &p, s, &tenant, many, 3, &list),
	    E_INPUT, "and more than may be");
	is_int(ticket_files_keep(arena, &p, s, &tenant, NULL, 0, &list), OK,
	    "none is nothing to do");
	is_int(system(arena_printf(
		   arena, "test $(find %s -type f | wc -l) = 2", dir)),
	    0, "nothing else was written");
	if (settings_put(s, "state_dir", "/nowhere/at/all", &complaint) != OK)
		bail("settings");
	buf_fini(&complaint);
	is_int(ticket_files_keep(arena, &p, s, &tenant, good, 1, &list), E_SYS,
	    "a disk that is not there is no success");
	settings_free(&s);
	if (system(arena_printf(arena, "rm -rf %s", dir)) != 0)
		note("%s stays", dir);
}

int
main(void)
{
	arena = arena_new(8 << 20);
	if (secret_init() != OK)
		bail("secret_init");
	test_names();
	test_headers();
	test_keeping();
	arena_free(&arena);
	return tap_done();
}
