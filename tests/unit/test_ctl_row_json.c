/* policyd's rows as JSON: what is a number there, and what is not. */
#include "ctl/row_json.h"

#include "tests/unit/unit.h"

static const struct {
	const char *name, *row, *json;
} rows[] = {
    {"a number", "queue_bytes=12", "{\"queue_bytes\":12}\n"},
    {"less than nothing", "clock_offset_ms=-5", "{\"clock_offset_ms\":-5}\n"},
    {"a fraction", "cpu=0.25", "{\"cpu\":0.25}\n"},
    {"yes and no", "live=yes;connected=no",
	"{\"live\":true,\"connected\":false}\n"},
    {"a gateway called 7", "id=7;state=live",
	"{\"id\":\"7\",\"state\":\"live\"}\n"},
    {"a campaign called no", "name=no;known=yes",
	"{\"name\":\"no\",\"known\":true}\n"},
    {"a reason that is a number", "drained_reason=42",
	"{\"drained_reason\":\"42\"}\n"},
    {"what has an equals sign", "reason=a=b", "{\"reason\":\"a=b\"}\n"},
    {"nothing behind it", "ejected_why=", "{\"ejected_why\":\"\"}\n"},
    {"not a number at all", "x=12k", "{\"x\":\"12k\"}\n"},
    {"too large for a number", "x=99999999999999999999",
	"{\"x\":\"99999999999999999999\"}\n"},
    {"no name", "=5;x=1", "{\"x\":1}\n"},
    {"nothing", "", "{}\n"},
};

START_TEST(a_row_becomes_an_object)
{
	struct json *root = json_begin();
	struct buf out = {0};

	row_json(root, slice_of(rows[_i].row));
	json_end(&root, &out);
	ck_assert_msg(strcmp(out.data, rows[_i].json) == 0, "%s: %s",
	    rows[_i].name, out.data);
	buf_free(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_row_json");
	TCase *t = tcase_create("ctl_row_json");

	ADD_ROWS(t, a_row_becomes_an_object, rows);
	suite_add_tcase(s, t);
	return unit_main(s);
}
