/* Whose data was erased lately, as digests (erase.h).  What a gateway still tells
 * of their last adverts is counted, and kept without the address; what of them waits
 * here to be written goes the same way.  Redis has the list; it is looked at four
 * times a second, and read anew now and then for who was taken off it. */
#ifndef NEARPOST_POLICYD_ERASED_H
#define NEARPOST_POLICYD_ERASED_H

#include "policyd/policyd.h"

struct erased;

struct erased *erased_new(struct policyd *p);
void erased_free(struct erased **e);
/* Reads Redis; also called when it is found again, so that no event waits for the
 * next look. */
void erased_load(struct erased *e);
/* The list was read once: before that no event may be taken. */
bool erased_loaded(const struct erased *e);
/* false: nobody ever was, and no digest need be asked for. */
bool erased_ever(const struct erased *e);
bool erased_has(const struct erased *e, const char *address);

#endif
