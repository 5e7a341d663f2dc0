#include "lib/fleet/prediction.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"

struct prediction {
	uint64_t key; /* the id's second half; the first says where.  0 = free */
	uint32_t ms;
	uint16_t slot;
};
struct predictions {
	struct prediction set[PREDICTION_SETS][PREDICTION_WAYS];
};

static struct prediction *
place(struct predictions *all, const unsigned char *id, uint64_t *key_r)
{
	uint64_t where;

	memcpy(&where, id, sizeof(where));
	memcpy(key_r, id + sizeof(where), sizeof(*key_r));
	if (*key_r == 0)
		*key_r = 1;
	return all->set[where % PREDICTION_SETS];
}

int64_t
prediction_ms(double seconds)
{
	if (!(seconds >= 0 && seconds * 1000 <= (double)PREDICTION_MAX_MS))
		return -1;
	return (int64_t)(seconds * 1000 + 0.5);
}

/* Newest first, and the last one falls out. */
void
prediction_keep(struct predictions **all,
    const unsigned char id[PREDICTION_ID_SIZE], int slot, int64_t ms)
{
	struct prediction *set;
	uint64_t key;
	int i = 0;

	if (ms < 0 || ms > PREDICTION_MAX_MS)
		return;
	if (!*all)
		*all = xcalloc(1, sizeof(**all));
	set = place(*all, id, &key);
	while (i < PREDICTION_WAYS - 1 && set[i].key != 0 && set[i].key != key)
		i++;
	for (; i > 0; i--)
		set[i] = set[i - 1];
	set[0] = (struct prediction){key, (uint32_t)ms, (uint16_t)slot};
}

bool
prediction_take(struct predictions *all,
    const unsigned char id[PREDICTION_ID_SIZE], int slot, double *seconds_r)
{
	struct prediction *set, found = {0};
	uint64_t key;
	int i;

	if (!all)
		return false;
	set = place(all, id, &key);
	for (i = 0; i < PREDICTION_WAYS; i++) {
		if (set[i].key != key)
			continue;
		found = set[i];
		memmove(&set[i], &set[i + 1],
		    (size_t)(PREDICTION_WAYS - 1 - i) * sizeof(*set));
		set[PREDICTION_WAYS - 1] = (struct prediction){0};
		break;
	}
	*seconds_r = found.ms / 1000.0;
	return found.key != 0 && found.slot == slot;
}

void
predictions_free(struct predictions **all)
{
	free(*all);
	*all = NULL;
}
