#include "policyd/show.h"

#include <math.h>
#include <stdio.h>

const char *
show_seconds(char dst[SHOW_SIZE], double seconds)
{
	static const struct {
		double below, unit;
		const char *name;
	} units[] = {
	    {0.9995, 0.001, "ms"},
	    {99.5, 1, "s"},
	    {99.5 * 60, 60, "min"},
	    {47.5 * 3600, 3600, "h"},
	    {INFINITY, 86400, "d"},
	};
	double size = fabs(seconds), v;
	int i = seconds < 0 || seconds > 0 ? 0 : 1;

	while (size >= units[i].below)
		i++;
	v = seconds / units[i].unit;
	(void)snprintf(dst, SHOW_SIZE, "%.*f %s",
	    fabs(v) < 9.95 && size > 0 ? 1 : 0, v, units[i].name);
	return dst;
}
