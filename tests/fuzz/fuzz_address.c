/* Addresses as the MTA hands them over.  What parses must survive the way
 * through the relay domain, and back; what unranks must rank to itself. */
#include <stdlib.h>

#include "lib/mail/address.h"

#define RELAY "nearpost.internal"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
check_rank(struct arena *arena, const struct address *a, bool split)
{
	const struct ranking rank = {{"tyo", "lon"}, 2};
	struct ranking rank_back;
	struct address back;
	const char *error = NULL;
	bool split_back;
	char *ranked = address_rank(arena, a, &rank, split, RELAY, &error);

	if (!ranked && !error)
		abort();
	if (!ranked)
		return;
	if (!address_in_domain(slice_of(ranked), RELAY) ||
	    address_unrank(arena, slice_of(ranked), RELAY, &back, &rank_back,
	        &split_back, &error) < 0 ||
	    strcmp(back.local, a->local) != 0 ||
	    strcmp(back.domain, a->domain) != 0 || split_back != split ||
	    rank_back.n != 2)
		abort();
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct slice in = {(const char *)data, size};
	struct arena *arena = arena_new();
	struct address a, again;
	struct ranking rank;
	const char *error = NULL;
	bool split;

	if (address_parse(arena, in, &a, &error) == 0) {
		if (strlen(a.local) > ADDRESS_LOCAL_MAX ||
		    strlen(a.domain) > ADDRESS_DOMAIN_MAX)
			abort();
		/* The key is an address, and the key of itself. */
		char *key = address_key(arena, &a);
		if (address_parse(arena, slice_of(key), &again, &error) < 0 ||
		    strcmp(address_key(arena, &again), key) != 0)
			abort();
		check_rank(arena, &a, false);
		check_rank(arena, &a, true);
	} else if (!error) {
		abort();
	}
	(void)address_in_domain(in, RELAY);
	if (address_unrank(arena, in, RELAY, &a, &rank, &split, &error) == 0 &&
	    !address_rank(arena, &a, &rank, split, RELAY, &error))
		abort();
	arena_free(&arena);
	return 0;
}
