/* Prints where its needle is, in hex, and aborts: for cores of machines that are only emulated. */
#include <stdio.h>
#include <stdlib.h>

char needle[] = "ptatlas-core-needle";

int main(void)
{
    printf("%p\n", (void *)needle);
    fflush(stdout);
    abort();
}
