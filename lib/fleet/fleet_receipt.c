#include "lib/fleet/fleet.h"

void
fleet_predicted(struct fleet *f, const unsigned char id[BOOKING_ID_SIZE],
    int slot, int64_t ms)
{
	prediction_keep(&f->predictions, id, slot, ms);
}

double
fleet_received(struct fleet *f, struct gateway *g, const char *ticket,
    double measured_s)
{
	unsigned char id[BOOKING_ID_SIZE];
	double predicted_s;

	if (booking_id(slice_of(ticket), id) != 0 ||
	    !prediction_take(f->predictions, id, g->slot, &predicted_s))
		return -1;
	prediction_error_add(&g->prediction, measured_s, predicted_s);
	return predicted_s;
}

void
fleet_received_before(
    struct fleet *f, const struct gateway *g, const char *ticket)
{
	unsigned char id[BOOKING_ID_SIZE];
	double seconds;

	if (booking_id(slice_of(ticket), id) == 0)
		(void)prediction_take(f->predictions, id, g->slot, &seconds);
}

void
fleet_receipt(struct fleet *f, const struct gateway *g, struct site *site,
    double measured_s, double predicted_s, double now_s)
{
	struct receipt *r = receipts_get(
	    &f->sites.receipts, &site->receipts, g->slot, now_s);

	receipt_add(r, measured_s);
	if (predicted_s >= 0)
		prediction_error_add(&r->error, measured_s, predicted_s);
	site->dirty = true;
}

void
fleet_prediction(const struct fleet *f, struct prediction_error *out_r)
{
	int slot;

	*out_r = (struct prediction_error){0};
	for (slot = 0; slot < f->gateways.n_slots; slot++)
		if (f->gateways.slot[slot])
			prediction_error_join(
			    out_r, &f->gateways.slot[slot]->prediction);
}
