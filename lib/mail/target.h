/* Conditions over a recipient's record, for `when` of a creative and --where:
 *
 *      lang in ['en', 'de'] && visits > 3 && !(interests has 'golf')
 *
 *      condition = all { "||" all }
 *      all       = one { "&&" one }
 *      one       = "!" one | "(" condition ")" | "exists" field
 *                | value ( "==" "!=" "<" "<=" ">" ">=" ) value
 *                | field "has" text
 *                | value "in" "[" constant { "," constant } "]"
 *      value     = field | constant | "age" "(" field ")"
 *                | ( "text" "number" "date" ) "(" field ")"
 *      constant  = text | number | date
 *      text      = in ' or ", without that quote in it
 *      number    = 3, -0.5
 *      date      = 2026-01-31, 2026-01-31T09:30:00Z (date.h), also in quotes
 *                | 'today' | "'" n unit " ago'" | "'in " n unit "'"
 *      unit      = days, weeks, months, years; points in time: minutes, hours
 *
 * `!` stands before a condition, not before a field.  has, in and exists are no
 * names of fields.
 *
 * A record holds texts.  What a field is read as, its use tells: number when it
 * is compared with one, date likewise, list for has (items apart by , or ;
 * blanks round them do not count; or fields with numbers, likes.0 and so on: see
 * vars.h), text else.  number(f) and its like say it
 * where a comparison does not; a comparison of two fields needs one.  Text is
 * the same or not, octet for octet; < and > are for numbers and dates.  A date
 * without a time is a whole day, of UTC, and compared with a day a point in
 * time is its day.  age(f) is whole years since the day f.  All this is settled
 * by target_parse(), which refuses what can never be true.
 *
 * A field that is missing, empty or of another type ("many" for a number) makes
 * a comparison neither true nor false.  So is then its !; `&&` with a false one
 * is false, `||` with a true one true.  A condition holds when it is true: what
 * is not known of a recipient never speaks for anything, !(age(f) < 18) no more
 * than age(f) >= 18.  `exists f` is always true or false; a list or an object
 * exists when anything in it is not empty. */
#ifndef NEARPOST_MAIL_TARGET_H
#define NEARPOST_MAIL_TARGET_H

#include <stdint.h>

#include "lib/mail/vars.h"

#define TARGET_MAX 4096     /* octets */
#define TARGET_DEPTH_MAX 32 /* parentheses and ! within each other */

struct target;

/* NULL: a heap *error_r, a phrase that says what to write, and in *at_r the
 * octet of the text that it is about. */
struct target *target_parse(struct slice text, size_t *at_r, char **error_r);
void target_free(struct target **t);
/* now_ms: since 1970, for ages and 'days ago'. */
bool target_true(
    const struct target *t, const struct vars *data, int64_t now_ms);
/* The condition written the one way: the same for conditions that differ in
 * blanks, quotes and needless parentheses only.  Parses to the same. */
const char *target_text(const struct target *t);

/* What a field is read as. */
enum target_type {
	TARGET_TEXT = 0,
	TARGET_NUMBER,
	TARGET_DATE,
	TARGET_AGE, /* a date that is not in the future */
	TARGET_LIST,
	TARGET_ANY /* only asked whether it is there */
};
/* "number", "date of birth"... */
const char *target_type_name(enum target_type type);
/* Can the value be read so?  Blank ones cannot. */
bool target_value_ok(enum target_type type, struct slice value, int64_t now_ms);
bool target_blank(struct slice value);
bool target_exists(const struct vars *data, const char *field);

/* A field in a condition. */
struct target_use {
	const char *field;
	enum target_type type;
	bool said; /* by text(f), number(f), date(f) or age(f) */
	size_t at; /* its place in the text that was parsed */
};
/* Calls fn for each, in order, until it returns false. */
bool target_uses(const struct target *t,
    bool (*fn)(const struct target_use *use, void *ctx), void *ctx);

#endif
