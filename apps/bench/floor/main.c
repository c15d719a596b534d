#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "floor.h"

/* The first line is the start order: read byte by byte, so that nothing behind it is swallowed. */
static void read_start(char* line, size_t size) {
  size_t length = 0;
  while (length < size - 1 && read(STDIN_FILENO, line + length, 1) == 1 && line[length] != '\n')
    length++;
  line[length] = '\0';
}

int main(void) {
  static char line[4096];
  signal(SIGPIPE, SIG_IGN);
  read_start(line, sizeof line);
  alarm((unsigned)(order_number(line, "deadlineMs", 60000) / 1e3) + 1);
  return role_main(line);
}
