/*
 * Packets under way: a FIFO for each ordered pair of hosts, and a heap that
 * knows whose first packet is due next.
 */

#ifndef TESTS_LAB_WAN_QUEUE_H
#define TESTS_LAB_WAN_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_MAX 1504

struct packet {
	struct packet *next;
	int64_t due_ns;
	size_t len;
	uint8_t bytes[PACKET_MAX];
};

/*
 * One way from one host to another.  delay_ns and cut may be set at any time;
 * the rest is kept by the schedule.  A shorter delay never lets a packet
 * overtake one that is under way: TCP would take that for loss.
 */
struct queue {
	int64_t delay_ns;
	bool cut;
	struct packet *head;
	struct packet *tail;
	size_t queued;
	size_t place; /* in the heap, while there is a head */
	uint64_t packets;
	uint64_t bytes;
	uint64_t dropped;
};

struct schedule;

/* For at most n_queues queues, all in the array `queues`, zeroed. */
struct schedule *
schedule_open(struct queue *queues, size_t n_queues);

/* Frees every packet it ever lent. */
void
schedule_close(struct schedule **s);

/*
 * A packet to fill, never NULL: when PACKETS_MAX are under way, the oldest
 * of the longest way is dropped, as the router with the fullest buffer would.
 */
struct packet *
schedule_packet(struct schedule *s);

void
schedule_free(struct schedule *s, struct packet *p);

/* Sends p on its way at now_ns; drops it where the way is cut. */
void
schedule_add(struct schedule *s, struct queue *q, struct packet *p,
	     int64_t now_ns);

/* The next packet that is due, with its way, or NULL.  The caller frees it. */
struct packet *
schedule_due(struct schedule *s, int64_t now_ns, struct queue **q_r);

/* Nanoseconds until the next packet is due, 0 if it is, -1: none. */
int64_t
schedule_wait(const struct schedule *s, int64_t now_ns);

#endif
