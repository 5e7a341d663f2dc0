/* What every unit test ends with: run the suite in child processes (a crash or
 * a fatal() fails one test, not the program) and print TAP to stdout. */
#ifndef NEARPOST_TESTS_UNIT_H
#define NEARPOST_TESTS_UNIT_H

#include <check.h>
#include <stdlib.h>

#define N_ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* check's four seconds are too few on a machine that builds at the same time. */
static void __attribute__((constructor))
unit_patience(void)
{
	(void)setenv("CK_DEFAULT_TIMEOUT", "60", 0);
}

/* Add a test once per row of its table; the test finds its row in _i and puts
 * the row's name into every message. */
#define ADD_ROWS(tcase, test, table) \
	tcase_add_loop_test((tcase), (test), 0, N_ROWS(table))

static inline int
unit_main(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_set_fork_status(runner, CK_FORK);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
