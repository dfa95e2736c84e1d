/* Variables of C's kinds, for expressions: stops in inner(), called by outer() with a local of its own. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum colour { RED, GREEN = 7, BLUE = -3 };
typedef unsigned short port_t;
struct point {
    int x;
    short y;
};
struct node {
    struct point at[3];
    struct node *next;
    union {
        uint32_t whole;
        uint16_t half;
    };
    unsigned low : 3, high : 5;
    const char *name;
};

char narrow = -5;
unsigned char byte = 250;
short small = -300;
port_t port = 65535;
int number = -123456;
unsigned int positive = 4000000000u;
long wide = -5000000000L;
unsigned long widest = 0xfedcba9876543210ul;
bool yes = true;
enum colour colour = BLUE;
double real = 2.5;
float single = 1.35f;
long double longest = 0.1L;
int table[8] = {10, 11, 12, 13, 14, 15, 16, 17};
struct node second = {.name = "second", .whole = 0x01020304, .low = 5, .high = 17};
struct node first = {.at = {{1, 2}, {3, 4}, {5, 6}}, .next = &second, .name = "first"};
struct node *list = &first;
int *in_table = &table[2];
void *nothing = 0;
void *address = table;
int **hop;
int (*function)(int);
static const int hidden = 99;

int inner(int argument) {
    int local = argument * 2;
    hop = &in_table;
    return local + hidden + (int)second.low; /* the debugger stops here */
}

int outer(int argument) {
    char local[16] = "local text";
    function = inner;
    return inner(argument + local[0]);
}

int main(void) { return outer(1) == 0; }
