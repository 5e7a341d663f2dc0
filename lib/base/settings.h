/* Settings: a row per setting.  The same row parses, checks, prints and
 * documents.  File syntax: libconfuse (gatekeeper: settings.c), so nearpost.conf
 * and campaign.conf look alike:
 *
 *      name = value
 *      clients = {"127.0.0.0/8", "::1"}
 *      gateway "tyo" { host = "tyo.gw.example.net" port = 25 }
 *
 * An unknown name, a value out of range or a missing unit is an error that names
 * file, line and remedy.  Nothing comes from elsewhere: no file is included, and
 * ${NAME} is text like any other. */
#ifndef NEARPOST_BASE_SETTINGS_H
#define NEARPOST_BASE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

struct map;

enum setting_type {
	SETTING_STRING = 0, /* char *; "" when empty, never NULL */
	SETTING_INT,        /* int64_t, within min..max */
	SETTING_BOOL,       /* bool: yes/no, true/false, on/off */
	SETTING_DURATION,   /* int64_t milliseconds; "200ms", "2s" (text.h) */
	SETTING_SIZE,       /* int64_t bytes; "20M" */
	SETTING_RATE,       /* int64_t an hour; "20/s", "600/m", "5000/h" */
	SETTING_LIST,       /* struct setting_list */
	SETTING_CHOICE      /* int: index into the `choices` "a|b|c" */
};

struct setting_list {
	char **items;
	size_t n;
};

struct setting {
	const char *name;
	enum setting_type type;
	size_t offset;       /* where it lands in the section's struct */
	const char *def;     /* as in the file, without quotes; NULL = required;
	                      * lists: items separated by spaces */
	int64_t min, max;    /* of what is an int64_t; 0,0 = any >= 0 */
	const char *choices; /* SETTING_CHOICE only */
	const char *help;    /* one line */
};

/* A group of rows.  name NULL: the top level of the file.  titled: may occur
 * many times, each with a name ("gateway "tyo" {}"); then the struct's first
 * member is `char *title`. */
struct settings_section {
	const char *name;
	bool titled;
	const struct setting *rows; /* ends with name == NULL */
	size_t size;                /* of one struct */
	size_t offset;              /* in the root struct: an embedded struct, or,
	                             * titled: struct settings_many */
};

struct settings_many {
	void *items; /* array of n structs of `size` */
	size_t n;
};

/* Read path into root (all zeroes before).  sections ends with rows == NULL.
 * A file of path NULL gives the defaults (missing required rows are an error).
 * -1: *error_r is a heap string "file:line: what, and what to write instead",
 * the root is left freed.  A setting or an untitled section given twice is an
 * error too; `list += {...}` adds to a list. */
int settings_load(const char *path, const struct settings_section *sections,
    void *root, char **error_r);
/* The same for text in memory (fuzzing, tests); name stands for the file. */
int settings_parse(const char *name, struct slice text,
    const struct settings_section *sections, void *root, char **error_r);
/* The same, and lines_r says on which line each setting was met: for faults that
 * show only when all is read.  The caller frees it (map_free). */
int settings_parse_lines(const char *name, struct slice text,
    const struct settings_section *sections, void *root, struct map **lines_r,
    char **error_r);
/* The line on which a value ends; 0 when the file does not have that setting.
 * section, title: NULL at the top level, title also where there is none. */
int settings_line(const struct map *lines, const char *section,
    const char *title, const char *name);
/* The line of one item of a list, counted from 0; name "": where the section
 * begins. */
int settings_item_line(const struct map *lines, const char *section,
    const char *title, const char *name, size_t item);
void settings_free(const struct settings_section *sections, void *root);

/* Every setting as it is in force, in file syntax ("-e" and postconf style). */
void settings_print(const struct settings_section *sections, const void *root,
    struct buf *out);
/* One value by name ("relay_domain", "milter.listen", "gateway.tyo.host"),
 * strings without quotes, lists in file syntax; -1 when there is none of that
 * name. */
int settings_value(const struct settings_section *sections, const void *root,
    const char *name, struct buf *out);

#endif
