/* In place of libFuzzer's main(): each file named goes to the harness once. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUT_MAX (4 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
replay(const char *path, uint8_t *data)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f) {
		perror(path);
		exit(1);
	}
	n = fread(data, 1, INPUT_MAX, f);
	(void)fclose(f);
	(void)LLVMFuzzerTestOneInput(data, n);
}

int
main(int argc, char **argv)
{
	uint8_t *data = calloc(1, INPUT_MAX);
	int i;

	if (!data)
		return 1;
	(void)LLVMFuzzerTestOneInput(data, 0);
	for (i = 1; i < argc; i++)
		replay(argv[i], data);
	free(data);
	return 0;
}
