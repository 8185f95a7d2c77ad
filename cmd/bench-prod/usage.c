/* /proc/PID/stat, fields 14 and 15, and the first line of /proc/stat (proc(5)). */
#include "cmd/bench-prod/usage.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *const usage_names[USAGE_WHO_COUNT] = {
    [USAGE_RECOUPD] = "recoupd",
    [USAGE_MYSQL] = "mariadbd",
    [USAGE_REDIS] = "redis",
    [USAGE_KAFKA] = "kafka",
    [USAGE_LOAD] = "load",
    [USAGE_OTHERS] = "others",
};

/* The id that tests/services wrote down; 0 where there is none. */
static pid_t process_of(const struct service *service, const char *folder)
{
    char path[128];
    int pid = 0;
    snprintf(path, sizeof path, "%s/%s/pid", service->folder, folder);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%d", &pid) != 1) // NOLINT(cert-err34-c): a number or nothing
        pid = 0;
    fclose(file);
    return pid;
}

static double seconds_of(pid_t pid)
{
    char path[64], text[1024];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = pid == 0 ? NULL : fopen(path, "r");
    if (file == NULL)
        return 0;
    size_t size = fread(text, 1, sizeof text - 1u, file);
    fclose(file);
    text[size] = '\0';
    const char *name_end = strrchr(text, ')');
    if (name_end == NULL || sscanf(name_end + 1, // NOLINT(cert-err34-c): the kernel's own words
                                   " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                                   &user,
                                   &system) != 2)
        return 0;
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* All processors together: whatever is not idle and does not wait. */
static double machine_seconds(void)
{
    unsigned long user = 0, nice = 0, system = 0, irq = 0, softirq = 0;
    FILE *file = fopen("/proc/stat", "r");
    if (file == NULL)
        return 0;
    if (fscanf(file, // NOLINT(cert-err34-c): the kernel's own words
               "cpu %lu %lu %lu %*u %*u %lu %lu",
               &user,
               &nice,
               &system,
               &irq,
               &softirq) != 5)
        user = nice = system = irq = softirq = 0;
    fclose(file);
    return (double)(user + nice + system + irq + softirq) / (double)sysconf(_SC_CLK_TCK);
}

void usage_read(const struct service *service, struct usage *usage)
{
    usage->seconds[USAGE_RECOUPD] = seconds_of(service->recoupd[0]);
    usage->seconds[USAGE_MYSQL] = seconds_of(process_of(service, "mysql/data"));
    usage->seconds[USAGE_REDIS] = seconds_of(process_of(service, "redis"));
    usage->seconds[USAGE_KAFKA] = seconds_of(process_of(service, "kafka"));
    usage->seconds[USAGE_LOAD] = seconds_of(getpid());
    usage->seconds[USAGE_OTHERS] = machine_seconds();
    for (uint32_t who = 0; who < USAGE_OTHERS; who++)
        usage->seconds[USAGE_OTHERS] -= usage->seconds[who];
}
