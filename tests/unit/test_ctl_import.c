#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/import.h"

/* What came of a file: "address name=value ...\n" for each row. */
static struct buf rows, complaints;
static int room; /* rows that are taken before the end */

static int
take(const char *address, const struct vars *record, void *ctx)
{
	(void)ctx;
	if (room-- == 0)
		return -1;
	buf_add_str(&rows, address);
	for (size_t i = 0; i < record->n; i++)
		buf_printf(&rows, " %s=%.*s", record->list[i].name,
		    (int)record->list[i].value.len, record->list[i].value.data);
	buf_add_char(&rows, '\n');
	return 0;
}

static void
complain(const char *text, void *ctx)
{
	(void)ctx;
	buf_printf(&complaints, "%s\n", text);
}

static enum import_end
import(const char *text, size_t len, struct import_counts *counts_r)
{
	const struct import_to to = {.take = take, .complain = complain};
	FILE *f = tmpfile();
	enum import_end end;

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text, 1, len, f), len);
	rewind(f);
	buf_add_str(&rows, "");
	buf_add_str(&complaints, "");
	end = import_csv(f, &to, counts_r);
	ck_assert_int_eq(fclose(f), 0);
	return end;
}

static void
set_up(void)
{
	room = 1000000;
}

static void
tear_down(void)
{
	buf_free(&rows);
	buf_free(&complaints);
}

static const struct {
	const char *name, *csv;
	const char *rows;
	const char *says; /* all of the complaints, or their beginning */
	enum import_end end;
} files[] = {
    {"plain", "email,city\na@x.test,Cork\nb@x.test,Bonn\n",
        "a@x.test city=Cork email=a@x.test\nb@x.test city=Bonn "
        "email=b@x.test\n", "", IMPORT_DONE},
    {"CRLF, a BOM, no end of line", "\xef\xbb\xbf" "city,Email\r\nCork,a@x.test",
        "a@x.test city=Cork email=a@x.test\n", "", IMPORT_DONE},
    {"quotes", "email,\"city\"\na@x.test,\"Cork, \"\"South\"\"\"\n",
        "a@x.test city=Cork, \"South\" email=a@x.test\n", "", IMPORT_DONE},
    {"an empty field is none", "email,city,lang\na@x.test,,en\n",
        "a@x.test lang=en email=a@x.test\n", "", IMPORT_DONE},
    {"a short row", "email,city,lang\na@x.test\n",
        "a@x.test email=a@x.test\n", "", IMPORT_DONE},
    {"an address in capitals", "email\n Ann@X.Test \n",
        "ann@x.test email=ann@x.test\n", "", IMPORT_DONE},
    {"no email column", "mail,city\na@x.test,Cork\n", "",
        "line 1: the first line must name the columns, and one of them must "
        "be \"email\"\n", IMPORT_FAULTY},
    {"nothing at all", "", "", "line 1: the first line must", IMPORT_FAULTY},
    {"a column twice", "email,city,City\na@x.test,1,2\n", "",
        "line 1, column 3: \"City\" is there already", IMPORT_FAULTY},
    {"two email columns", "email,EMAIL\na@x.test,b@x.test\n", "",
        "line 1, column 2: \"EMAIL\" is there already", IMPORT_FAULTY},
    {"a column without a name", "email,,city\na@x.test,1,2\n", "",
        "line 1, column 2: \"\" is no field name", IMPORT_FAULTY},
    {"a column that no template can name", "email,first name\n", "",
        "line 1, column 2: \"first name\" is no field name", IMPORT_FAULTY},
    {"semicolons, as some programs save it", "email;city\na@x.test;Cork\n", "",
        "line 1, column 1: \"email;city\" is one column: commas", IMPORT_FAULTY},
    {"tabs", "email\tcity\na@x.test\tCork\n", "",
        "line 1, column 1: \"email\tcity\" is one column: commas",
        IMPORT_FAULTY},
    {"objects and lists",
        "email,order.total,items.0.name,items.1.name\na@x.test,5,Fern,\n",
        "a@x.test order.total=5 items.0.name=Fern email=a@x.test\n", "",
        IMPORT_DONE},
    {"a column with a dot at its end", "email,a.\n", "",
        "line 1, column 2: \"a.\" is no field name; a name has 1 to 64 "
        "letters", IMPORT_FAULTY},
    {"a column in other letters", "email,\xd0\xb8\xd0\xbc\xd1\x8f\n", "",
        "line 1, column 2: \"\xd0\xb8\xd0\xbc\xd1\x8f\" is no field name",
        IMPORT_FAULTY},
    {"a bad address", "email,city\na@x.test,1\nnobody,2\nc@x.test,3\n",
        "a@x.test city=1 email=a@x.test\nc@x.test city=3 email=c@x.test\n",
        "line 3: ", IMPORT_DONE},
    {"no address", "email,city\n,1\n", "", "line 2: ", IMPORT_DONE},
    {"too many fields", "email,city\na@x.test,1,2\nb@x.test,1\n",
        "b@x.test city=1 email=b@x.test\n",
        "line 2: more fields than the header line has", IMPORT_DONE},
    {"a line break inside a field", "email,city\na@x.test,\"1\n2\"\nb,2\n",
        "", "line 2: variable \"city\" has control characters; it is passed "
        "over\nline 4: ", IMPORT_DONE},
    {"no UTF-8", "email,city\na@x.test,Bj\xf6rk\n", "",
        "line 2: variable \"city\"", IMPORT_DONE},
    {"blank lines count, and are nothing else",
        "email\n\na@x.test\n \r\n\nnobody\n", "a@x.test email=a@x.test\n",
        "line 6: ", IMPORT_DONE},
    {"a quote inside a field", "email,city\na@x.test,1\nb@x.test,C\"rk\n",
        "a@x.test city=1 email=a@x.test\n",
        "line 3: a quote stands inside a field", IMPORT_FAULTY},
    {"something behind the closing quote", "email,city\na@x.test,\"1\"2\n",
        "", "line 2: a quote stands inside a field", IMPORT_FAULTY},
    {"a quote that is never closed",
        "email,city\na@x.test,1\nb@x.test,\"2\nc@x.test,3\nd@x.test,4\n",
        "a@x.test city=1 email=a@x.test\n",
        "line 3: a quote is opened here and never closed", IMPORT_FAULTY},
    {"one on the last line, too", "email,city\na@x.test,\"1", "",
        "line 2: a quote is opened here", IMPORT_FAULTY},
};

START_TEST(a_file_gives_its_rows_and_its_faults)
{
	struct import_counts counts;
	enum import_end end =
	    import(files[_i].csv, strlen(files[_i].csv), &counts);

	ck_assert_msg(strcmp(rows.data, files[_i].rows) == 0, "%s: %s%s",
	    files[_i].name, rows.data, complaints.data);
	ck_assert_msg(strncmp(complaints.data, files[_i].says,
	    strlen(files[_i].says)) == 0, "%s: %s", files[_i].name,
	    complaints.data);
	ck_assert_msg(!*files[_i].says == !*complaints.data, "%s: %s",
	    files[_i].name, complaints.data);
	ck_assert_msg(end == files[_i].end, "%s: end %d", files[_i].name, end);
}
END_TEST

START_TEST(a_NUL_in_a_field_is_refused)
{
	static const char text[] = "email,city\na@x.test,C\0rk\nb@x.test,1\n";
	struct import_counts counts;

	ck_assert_int_eq(import(text, sizeof(text) - 1, &counts), IMPORT_DONE);
	ck_assert_str_eq(rows.data, "b@x.test city=1 email=b@x.test\n");
	ck_assert_uint_eq(counts.stored, 1);
	ck_assert_uint_eq(counts.refused, 1);
}
END_TEST

START_TEST(long_files_are_read_whole_and_their_lines_are_right)
{
	struct buf text = {0};
	struct import_counts counts;

	buf_add_str(&text, "email,city\n");
	for (int i = 0; i < 20000; i++)
		buf_printf(&text, "p%d@x.test,\"a, b\"\n", i);
	buf_add_str(&text, "nobody,1\n");
	ck_assert_int_eq(import(text.data, text.len, &counts), IMPORT_DONE);
	ck_assert_uint_eq(counts.stored, 20000);
	ck_assert_uint_eq(counts.refused, 1);
	ck_assert_msg(strncmp(complaints.data, "line 20002: ", 12) == 0, "%s",
	    complaints.data);
	buf_free(&text);
}
END_TEST

START_TEST(a_store_that_fails_ends_the_import)
{
	static const char text[] = "email\na@x.test\nb@x.test\nc@x.test\n";
	struct import_counts counts;

	room = 1;
	ck_assert_int_eq(import(text, sizeof(text) - 1, &counts),
	    IMPORT_STOPPED);
	ck_assert_str_eq(rows.data, "a@x.test email=a@x.test\n");
	ck_assert_uint_eq(counts.stored, 1);
}
END_TEST

static struct buf report;

static void
on_columns(const char *const *names, size_t n, void *ctx)
{
	(void)ctx;
	for (size_t i = 0; i < n; i++)
		buf_printf(&report, "%s%s", i ? "," : "", names[i]);
	buf_add_char(&report, '\n');
}

static void
on_refused(size_t line, const char *why, const struct slice *fields, size_t n,
    void *ctx)
{
	(void)ctx;
	buf_printf(&report, "%zu,%s", line, why);
	for (size_t i = 0; i < n; i++) {
		buf_add_char(&report, ',');
		import_quote(&report, fields[i]);
	}
	buf_add_char(&report, '\n');
}

static const char *
sha_key(struct arena *arena, struct slice text)
{
	return text.len > 4 && memcmp(text.data, "sha:", 4) == 0
	    ? arena_strndup(arena, text.data, text.len) : NULL;
}

static const struct {
	const char *name, *csv;
	size_t from_line;
	bool plain_list;
	const char *rows, *report;
} more[] = {
    {"a refused row, as it stands in the file",
	"city,email\n\"Cork, \"\"South\"\"\",nobody\nBonn,b@x.test\n", 0, false,
	"b@x.test city=Bonn email=b@x.test\n",
	"city,email\n2,there is no @,\"Cork, \"\"South\"\"\",\"nobody\"\n"},
    {"too many fields", "email\na@x.test,1,2\n", 0, false, "",
	"email\n2,more fields than the header line has,\"a@x.test\",\"1\","
	"\"2\"\n"},
    {"a report that was mended",
	"refused_line,refused_why,email,city\n2,there is no @,a@x.test,Cork\n", 0,
	false, "a@x.test city=Cork email=a@x.test\n",
	"refused_line,refused_why,email,city\n"},
    {"from the third line on", "email\na@x.test\nb@x.test\nc@x.test\n", 3, false,
	"b@x.test email=b@x.test\nc@x.test email=c@x.test\n", "email\n"},
    {"from a line inside a row", "email,t\na@x.test,\"1\n2\"\nb@x.test,3\n", 3,
	false, "b@x.test t=3 email=b@x.test\n", "email,t\n"},
    {"faults before it are not told", "email\nnobody\nb@x.test\n", 3, false,
	"b@x.test email=b@x.test\n", "email\n"},
    {"a plain list", "a@x.test\nb@x.test\n", 0, true,
	"a@x.test email=a@x.test\nb@x.test email=b@x.test\n", "email,reason\n"},
    {"with a BOM, and a reason", "\xef\xbb\xbf" "a@x.test,spam\r\n", 0, true,
	"a@x.test reason=spam email=a@x.test\n", "email,reason\n"},
    {"of another kind of key", "sha:1234\na@x.test\n", 0, true,
	"sha:1234 email=sha:1234\na@x.test email=a@x.test\n", "email,reason\n"},
    {"or with a header", "Address,reason\na@x.test,spam\n", 0, true,
	"a@x.test reason=spam email=a@x.test\n", "email,reason\n"},
};

static ssize_t
read_and_fail(void *cookie, char *out, size_t size)
{
	const char **text = cookie;
	size_t n = strlen(*text);

	ck_assert_uint_le(n, size);
	memcpy(out, *text, n);
	*text = "";
	errno = EIO;
	return n ? (ssize_t)n : -1;
}

START_TEST(a_file_that_cannot_be_read_further_has_not_ended)
{
	const struct import_to to = {.take = take, .complain = complain};
	const char *text = "email,n\na@x.test,1\nb@x.test,12";
	FILE *f = fopencookie(&text, "r",
	    (cookie_io_functions_t){.read = read_and_fail});
	struct import_counts counts;

	ck_assert_int_eq(import_csv(f, &to, &counts), IMPORT_UNREADABLE);
	ck_assert_str_eq(rows.data, "a@x.test n=1 email=a@x.test\n");
	ck_assert_uint_eq(counts.line, 2);
	ck_assert_int_eq(counts.read_errno, EIO);
	(void)fclose(f);
}
END_TEST

START_TEST(long_imports_can_be_mended_and_gone_on_with)
{
	const struct import_to to = {.take = take, .complain = complain,
	    .columns = on_columns, .refused = on_refused, .key = sha_key,
	    .from_line = more[_i].from_line, .plain_list = more[_i].plain_list};
	struct import_counts counts;
	FILE *f = tmpfile();

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(more[_i].csv, f), 0);
	rewind(f);
	buf_add_str(&rows, "");
	buf_add_str(&report, "");
	ck_assert_int_eq(import_csv(f, &to, &counts), IMPORT_DONE);
	ck_assert_msg(strcmp(rows.data, more[_i].rows) == 0, "%s: %s",
	    more[_i].name, rows.data);
	ck_assert_msg(strcmp(report.data, more[_i].report) == 0, "%s: %s",
	    more[_i].name, report.data);
	buf_free(&report);
	(void)fclose(f);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_import");
	TCase *t = tcase_create("ctl_import");

	tcase_add_checked_fixture(t, set_up, tear_down);
	ADD_ROWS(t, a_file_gives_its_rows_and_its_faults, files);
	tcase_add_test(t, a_NUL_in_a_field_is_refused);
	tcase_add_test(t, long_files_are_read_whole_and_their_lines_are_right);
	tcase_add_test(t, a_store_that_fails_ends_the_import);
	tcase_add_test(t, a_file_that_cannot_be_read_further_has_not_ended);
	ADD_ROWS(t, long_imports_can_be_mended_and_gone_on_with, more);
	suite_add_tcase(s, t);
	return unit_main(s);
}
