#include <sys/vfs.h>

/* <unistd.h> declares it for _GNU_SOURCE only. */
int syncfs(int descriptor);
