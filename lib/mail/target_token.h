/* The words of a condition, and who goes through them.  For the target_*.c
 * files alone. */
#ifndef NEARPOST_MAIL_TARGET_TOKEN_H
#define NEARPOST_MAIL_TARGET_TOKEN_H

#include "lib/mail/target_node.h"

enum token_kind {
	TOKEN_END = 0,
	TOKEN_NAME,   /* a field, a function, has, in, exists */
	TOKEN_QUOTED, /* inside: without the quotes */
	TOKEN_NUMBER, /* or a date: begins with a digit, or - and a digit */
	TOKEN_OP,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_LIST,
	TOKEN_LIST_END,
	TOKEN_COMMA,
	TOKEN_BAD /* why: what to write instead */
};
struct token {
	enum token_kind kind;
	enum target_op op;
	size_t at; /* in the text */
	struct slice text, inside;
	const char *why;
};

struct target_parser {
	struct slice text;
	struct token now;
	int depth;
	struct arena *arena;
	struct target_fault *fault;
};

/* The first one at or behind `at`. */
struct token target_token(struct slice text, size_t at);
void target_advance(struct target_parser *p);
/* Past a token of that kind, or target_wanted(). */
bool target_take(
    struct target_parser *p, enum token_kind kind, const char *what);
bool target_word(const struct token *t, const char *word);
/* In whatever case: what somebody may have meant by it. */
bool target_like(const struct token *t, const char *word);
/* Always false: "WHAT is wanted before "x"", or what as it is, at t. */
bool target_wanted(struct target_parser *p, const char *what);
bool target_fail(
    struct target_parser *p, const struct token *t, const char *what);
/* The sides of a comparison, n->right of a list; the token is then the next. */
bool target_name(struct target_parser *p, const char **field_r);
bool target_side(struct target_parser *p, struct operand *o_r);
bool target_list(struct target_parser *p, struct node *n);
/* As many octets of s as fit into a message, whole characters. */
int target_shown(struct slice s);

#endif
