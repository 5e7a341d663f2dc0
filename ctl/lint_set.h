/* A campaign's files as the set that `assets build` would make of them: lint
 * has the gateways' own code judge, compile and measure them before anybody
 * builds. */
#ifndef NEARPOST_CTL_LINT_SET_H
#define NEARPOST_CTL_LINT_SET_H

#include "ctl/lint.h"
#include "lib/mail/template.h"

struct lint_set;

/* NULL and a heap *error_r: there is a file that no set may have. */
struct lint_set *lint_set_open(const struct lint *l, char **error_r);
void lint_set_close(struct lint_set **s);
/* Is it in the set?  path: "spring/hero/body.html". */
bool lint_set_has(const struct lint_set *s, const char *path);
/* Does the creative's template compile, partials and all?  NULL, or a heap text
 * "FILE:LINE: what". */
char *lint_set_compile(struct lint_set *s, const struct creative *creative,
    const char *file, enum template_place place);
/* Makes the advert and fills in what of it c has: sizes, or why there is none.
 */
void lint_set_measure(struct lint_set *s, struct lint_creative *c);
/* Where the heap text of an error says that it is wrong; what follows the place
 * in *text_r (borrows from error), the file in l's arena. */
struct lint_place lint_set_fault(const struct lint *l, const char *error,
    bool plain, const char **text_r);

#endif
