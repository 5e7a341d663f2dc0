/* What people write by habit, from SQL or from a word processor, is known by
 * name, so that the error can say what it is called here. */
#include "lib/mail/target_token.h"

#include "lib/base/utf8.h"

#define SHOWN_MAX 40

/* The longer one of two that begin alike comes first. */
static const struct {
	const char *text;
	enum token_kind kind;
	enum target_op op;
	const char *why;
} signs[] = {
    {"==", TOKEN_OP, TARGET_EQ, NULL},
    {"!=", TOKEN_OP, TARGET_NE, NULL},
    {"<=", TOKEN_OP, TARGET_LE, NULL},
    {">=", TOKEN_OP, TARGET_GE, NULL},
    {"<>", TOKEN_BAD, TARGET_EQ, "write !="},
    {"=<", TOKEN_BAD, TARGET_EQ, "write <="},
    {"=>", TOKEN_BAD, TARGET_EQ, "write >="},
    {"=", TOKEN_BAD, TARGET_EQ, "write =="},
    {"<", TOKEN_OP, TARGET_LT, NULL},
    {">", TOKEN_OP, TARGET_GT, NULL},
    {"&&", TOKEN_AND, TARGET_EQ, NULL},
    {"&", TOKEN_BAD, TARGET_EQ, "write &&"},
    {"||", TOKEN_OR, TARGET_EQ, NULL},
    {"|", TOKEN_BAD, TARGET_EQ, "write ||"},
    {"!", TOKEN_NOT, TARGET_EQ, NULL},
    {"(", TOKEN_OPEN, TARGET_EQ, NULL},
    {")", TOKEN_CLOSE, TARGET_EQ, NULL},
    {"[", TOKEN_LIST, TARGET_EQ, NULL},
    {"]", TOKEN_LIST_END, TARGET_EQ, NULL},
    {",", TOKEN_COMMA, TARGET_EQ, NULL},
};

int
target_shown(struct slice s)
{
	const unsigned char *u = (const unsigned char *)s.data;
	size_t n = 0, step;

	while (n < s.len && (step = utf8_sequence(u + n, s.len - n)) > 0 &&
	    n + step <= SHOWN_MAX)
		n += step;
	return (int)n;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What numbers and dates are written with, and what touches them by mistake. */
static bool
in_number(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || c == '.' || c == ':' || c == '+' || c == '-' || c == '_';
}

static void
read_quoted(struct slice s, struct token *t)
{
	const char *end = memchr(s.data + 1, *s.data, s.len - 1);

	if (!end) {
		t->kind = TOKEN_BAD;
		t->text = s;
		t->why = "the quote that closes it is missing";
		return;
	}
	t->kind = TOKEN_QUOTED;
	t->text.len = (size_t)(end - s.data) + 1;
	t->inside = (struct slice){s.data + 1, t->text.len - 2};
}

static void
read_sign(struct slice s, struct token *t)
{
	const unsigned char *u = (const unsigned char *)s.data;
	size_t i, n;

	for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		n = strlen(signs[i].text);
		if (s.len < n || memcmp(s.data, signs[i].text, n) != 0)
			continue;
		t->kind = signs[i].kind;
		t->op = signs[i].op;
		t->why = signs[i].why;
		t->text.len = n;
		return;
	}
	n = utf8_sequence(u, s.len);
	t->kind = TOKEN_BAD;
	t->text.len = n ? n : 1;
	/* U+2018 to U+201F, the quotes that word processors make. */
	t->why = n == 3 && u[0] == 0xe2 && u[1] == 0x80 && u[2] >= 0x98 &&
	        u[2] <= 0x9f
	    ? "write a plain ' or \""
	    : "it has no meaning here";
}

struct token
target_token(struct slice text, size_t at)
{
	struct token t = {.kind = TOKEN_END};
	struct slice rest;

	while (at < text.len && (text.data[at] == ' ' || text.data[at] == '\t'))
		at++;
	t.at = at;
	rest = (struct slice){text.data + at, text.len - at};
	t.text = (struct slice){rest.data, 0};
	if (rest.len == 0)
		return t;
	t.text.len = vars_name_length(rest);
	if (t.text.len) {
		t.kind = TOKEN_NAME;
	} else if (*rest.data == '\'' || *rest.data == '"') {
		read_quoted(rest, &t);
	} else if (is_digit(rest.data[0]) ||
	    (rest.len > 1 && rest.data[0] == '-' && is_digit(rest.data[1]))) {
		t.kind = TOKEN_NUMBER;
		while (t.text.len < rest.len && in_number(rest.data[t.text.len]))
			t.text.len++;
	} else
		read_sign(rest, &t);
	return t;
}

bool
target_fail(struct target_parser *p, const struct token *t, const char *what)
{
	return target_fault(p->fault, t->at, "%s", what);
}

bool
target_wanted(struct target_parser *p, const char *what)
{
	const struct token *t = &p->now;

	if (t->kind == TOKEN_END)
		return target_fault(p->fault, t->at, "%s is wanted at the "
		    "end", what);
	return target_fault(p->fault, t->at, "%s is wanted before \"%.*s\"",
	    what, target_shown(t->text), t->text.data);
}

void
target_advance(struct target_parser *p)
{
	struct token *t = &p->now;

	*t = target_token(p->text, t->at + t->text.len);
	if (t->kind == TOKEN_BAD)
		(void)target_fault(p->fault, t->at, "\"%.*s\": %s",
		    target_shown(t->text), t->text.data, t->why);
}

bool
target_take(struct target_parser *p, enum token_kind kind, const char *what)
{
	if (p->now.kind != kind)
		return target_wanted(p, what);
	target_advance(p);
	return true;
}

bool
target_word(const struct token *t, const char *word)
{
	return t->kind == TOKEN_NAME && slice_eq_str(t->text, word);
}

bool
target_like(const struct token *t, const char *word)
{
	return t->kind == TOKEN_NAME && slice_caseeq_str(t->text, word);
}
