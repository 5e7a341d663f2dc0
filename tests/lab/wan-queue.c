/*
 * Packets come from chunks that are never given back: at some ten thousand
 * packets a second malloc would be most of the work, and the most that was
 * ever under way is soon under way again.
 */

#include "tests/lab/wan-queue.h"

#include <err.h>
#include <stdlib.h>
#include <sysexits.h>

/* 131072 packets are 1 Gbit/s for 1.5 s, 200 MB. */
#define PACKETS_MAX 131072
#define CHUNK 256

struct chunk {
	struct chunk *next;
	struct packet packets[CHUNK];
};

struct schedule {
	struct queue *queues;
	size_t n_queues;
	struct queue **heap; /* 1-based: the children of i are 2i, 2i+1 */
	size_t n_heap;
	struct packet *spare;
	struct chunk *chunks;
	size_t n_packets;
};

struct schedule *
schedule_open(struct queue *queues, size_t n_queues)
{
	struct schedule *s = calloc(1, sizeof *s);

	if (s == NULL ||
	    (s->heap = calloc(n_queues + 1, sizeof(*s->heap))) == NULL)
		err(EX_OSERR, "memory");
	s->queues = queues;
	s->n_queues = n_queues;
	return s;
}

void
schedule_close(struct schedule **s)
{
	struct chunk *c;

	if (*s == NULL)
		return;
	while ((c = (*s)->chunks) != NULL) {
		(*s)->chunks = c->next;
		free(c);
	}
	free((*s)->heap);
	free(*s);
	*s = NULL;
}

static void
place(struct schedule *s, size_t i, struct queue *q)
{
	s->heap[i] = q;
	q->place = i;
}

static void
sift_up(struct schedule *s, struct queue *q, size_t i)
{
	for (; i > 1 && s->heap[i / 2]->head->due_ns > q->head->due_ns; i /= 2)
		place(s, i, s->heap[i / 2]);
	place(s, i, q);
}

static void
sift_down(struct schedule *s, struct queue *q, size_t i)
{
	size_t child;

	while ((child = 2 * i) <= s->n_heap) {
		if (child < s->n_heap && s->heap[child + 1]->head->due_ns <
						 s->heap[child]->head->due_ns)
			child++;
		if (s->heap[child]->head->due_ns >= q->head->due_ns)
			break;
		place(s, i, s->heap[child]);
		i = child;
	}
	place(s, i, q);
}

/* Takes the first packet off q and puts q where its next one belongs. */
static struct packet *
take(struct schedule *s, struct queue *q)
{
	struct packet *p = q->head;
	size_t i = q->place;

	q->head = p->next;
	q->queued--;
	if (q->head == NULL) {
		q->tail = NULL;
		q = s->heap[s->n_heap--];
		if (i > s->n_heap)
			return p; /* q was the last in the heap itself */
		if (i > 1 && s->heap[i / 2]->head->due_ns > q->head->due_ns) {
			sift_up(s, q, i);
			return p;
		}
	}
	sift_down(s, q, i);
	return p;
}

static void
grow(struct schedule *s)
{
	struct chunk *c = malloc(sizeof *c);

	if (c == NULL)
		err(EX_OSERR, "memory for packets");
	c->next = s->chunks;
	s->chunks = c;
	for (size_t i = 0; i < CHUNK; i++)
		schedule_free(s, &c->packets[i]);
	s->n_packets += CHUNK;
}

static struct packet *
drop_one(struct schedule *s)
{
	struct queue *longest = s->queues;

	for (size_t i = 1; i < s->n_queues; i++)
		if (s->queues[i].queued > longest->queued)
			longest = &s->queues[i];
	longest->dropped++;
	return take(s, longest);
}

struct packet *
schedule_packet(struct schedule *s)
{
	struct packet *p;

	if (s->spare == NULL && s->n_packets >= PACKETS_MAX)
		return drop_one(s);
	if (s->spare == NULL)
		grow(s);
	p = s->spare;
	s->spare = p->next;
	return p;
}

void
schedule_free(struct schedule *s, struct packet *p)
{
	p->next = s->spare;
	s->spare = p;
}

void
schedule_add(struct schedule *s, struct queue *q, struct packet *p,
	     int64_t now_ns)
{
	if (q->cut) {
		q->dropped++;
		schedule_free(s, p);
		return;
	}
	p->next = NULL;
	p->due_ns = now_ns + q->delay_ns;
	q->packets++;
	q->bytes += p->len;
	q->queued++;
	if (q->tail != NULL) {
		if (p->due_ns < q->tail->due_ns)
			p->due_ns = q->tail->due_ns;
		q->tail->next = p;
		q->tail = p;
		return;
	}
	q->head = q->tail = p;
	sift_up(s, q, ++s->n_heap);
}

struct packet *
schedule_due(struct schedule *s, int64_t now_ns, struct queue **q_r)
{
	struct queue *q = s->n_heap > 0 ? s->heap[1] : NULL;

	if (q == NULL || q->head->due_ns > now_ns)
		return NULL;
	*q_r = q;
	return take(s, q);
}

int64_t
schedule_wait(const struct schedule *s, int64_t now_ns)
{
	int64_t due_ns;

	if (s->n_heap == 0)
		return -1;
	due_ns = s->heap[1]->head->due_ns;
	return due_ns > now_ns ? due_ns - now_ns : 0;
}
