/* The program of the tutorial: three jobs are planned, one is cancelled, and running the others crashes.
 *
 * docs/tutorial.md finds out why; look there before you look for it here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job {
    void (*run)(const char *name);
    char name[24];
};

struct job *jobs[3];
char *title;

static void copy(const char *name) { printf("copying %s\n", name); }
static void mail(const char *name) { printf("mailing %s\n", name); }

static struct job *plan(void (*run)(const char *), const char *name)
{
    struct job *job = malloc(sizeof *job);
    job->run = run;
    snprintf(job->name, sizeof job->name, "%s", name);
    return job;
}

__attribute__((noinline)) void cancel(int number)
{
    free(jobs[number]);
}

__attribute__((noinline)) void set_title(const char *text)
{
    title = malloc(sizeof(struct job));
    strcpy(title, text);
}

__attribute__((noinline)) void run_all(void)
{
    for (int i = 0; i < 3; i++)
        if (jobs[i])
            jobs[i]->run(jobs[i]->name);
}

int main(void)
{
    jobs[0] = plan(copy, "photos");
    jobs[1] = plan(mail, "letters");
    jobs[2] = plan(copy, "accounts");
    cancel(1);
    set_title("What is done on Monday");
    run_all();
    return 0;
}
