/* Fields of a row, for schema_fleet.c and schema_receipt.c alone. */
#ifndef NEARPOST_FLEET_SCHEMA_FIELD_H
#define NEARPOST_FLEET_SCHEMA_FIELD_H

#include "lib/fleet/schema.h"

#define WALL_MS_MAX ((int64_t)1 << 53)

/* A time of the row, and back.  One from the future (the clock was put back)
 * counts as now. */
int64_t schema_to_wall(const struct schema_now *now, double mono_s);
double schema_to_mono(const struct schema_now *now, int64_t wall_ms);
/* fallback: when it is missing or out of bounds. */
double schema_read_number(const struct reply *r, const char *name,
    double fallback, double min, double max);
int64_t schema_read_int(const struct reply *r, const char *name,
    int64_t fallback, int64_t max);

/* What was received: into the row of a site, and out of it.  Pairs that have
 * receipts already are left alone. */
void schema_receipts_write(struct command *c, const struct site *s,
    const struct gateways *gateways, const struct schema_now *now);
void schema_receipts_read(const struct reply *r, const struct schema_now *now,
    const struct gateways *gateways, struct sites *sites, struct site *s);
/* prefix: of the fields' names. */
void schema_prediction_write(struct command *c, const char *prefix,
    const struct prediction_error *e);
void schema_prediction_read(const struct reply *r, const char *prefix,
    struct prediction_error *e);

#endif
