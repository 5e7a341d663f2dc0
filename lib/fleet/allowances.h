/* What the admin lets one gateway send to a site.  An allowance has a name that is
 * a site's or a domain's: an admin writes gmail.com, though that is at the site
 * google.com.  It holds for the site of that name and for the site that the
 * domain is known to be at; where two hold, the lesser does.  Pure. */
#ifndef NEARPOST_FLEET_ALLOWANCES_H
#define NEARPOST_FLEET_ALLOWANCES_H

#include <stdbool.h>
#include <stddef.h>

struct allowances;

struct allowances *allowances_new(void);
void allowances_free(struct allowances **a); /* accepts NULL, leaves NULL */
/* name: lower case, A-labels; not there yet. */
void allowances_add(struct allowances *a, const char *name, double per_s);
/* Where the domain's mail goes to.  true: it is one of the names, and that was
 * not known. */
bool allowances_learn(struct allowances *a, const char *domain,
    const char *site);
/* What another set has learned about the names of this one. */
void allowances_take_over(struct allowances *a, const struct allowances *old);
/* Mails per second; 0 = nothing is said of this site. */
double allowances_per_s(const struct allowances *a, const char *site);
/* The site that the name is at; NULL: not known, or no such name. */
const char *allowances_site(const struct allowances *a, const char *name);

#endif
