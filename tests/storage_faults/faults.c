/* Faults of disks and clocks for a program that does not know of them: cc -shared -fPIC -o faults.so faults.c -ldl, then
 * LD_PRELOAD=faults.so with these variables. A file is hit when its path holds the text of FAULT_FILES.
 *
 *   FAULT_FILES=TEXT    which files; without it nothing is ever hit
 *   FAULT_NTH=N         the N-th write, truncation or sync of such files fails with EIO, once
 *   FAULT_KILL_NTH=N    ... and here the process is killed instead (SIGKILL), before it is done
 *   FAULT_COUNT=FILE    how many there have been so far, in decimal, is kept in this file (8 bytes, little-endian)
 *   FAULT_FULL=FILE     while FILE exists, writes that would take room fail with ENOSPC
 *   FAULT_READONLY=FILE while FILE exists, opening for writing, writing and removing fail with EROFS
 *   FAULT_CLOCK=FILE    the wall clock is ahead by the seconds that FILE holds in decimal (it may be negative); the monotonic
 *                       clocks are not touched. A file that is not there, or is no number, changes nothing.
 *
 * FULL, READONLY and CLOCK are looked at with each call, so that whoever tests can begin and end a fault while the program
 * runs. Only what the C library does in the program's name is caught: not what the kernel writes from mapped memory. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static _Atomic uint64_t own_count;
static _Atomic uint64_t *count = &own_count;
static const char *files;
static uint64_t nth, kill_nth;

__attribute__((constructor)) static void begin(void) {
    files = getenv("FAULT_FILES");
    const char *text = getenv("FAULT_NTH");
    nth = text ? strtoull(text, NULL, 10) : 0;
    text = getenv("FAULT_KILL_NTH");
    kill_nth = text ? strtoull(text, NULL, 10) : 0;
    text = getenv("FAULT_COUNT");
    if (text) {
        int fd = open(text, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd >= 0 && ftruncate(fd, sizeof(uint64_t)) == 0) {
            void *mapped = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
            if (mapped != MAP_FAILED) count = mapped;
        }
        if (fd >= 0) close(fd);
    }
}

static int there(const char *variable) {
    const char *path = getenv(variable);
    struct stat found;
    return path && stat(path, &found) == 0;
}

static int hits_path(const char *path) {
    return files && path && strstr(path, files) != NULL;
}

static int hits(int fd) {
    char link[32], path[PATH_MAX];
    if (!files) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return hits_path(path);
}

/* Whether this operation fails; `takes_room`: it may need more of the disk. Sets errno. */
static int fails(int fd, int takes_room) {
    int kept = errno;
    if (!hits(fd)) {
        errno = kept;
        return 0;
    }
    uint64_t number = atomic_fetch_add(count, 1) + 1;
    if (number == kill_nth) kill(getpid(), SIGKILL);
    if (number == nth) errno = EIO;
    else if (takes_room && there("FAULT_FULL")) errno = ENOSPC;
    else if (there("FAULT_READONLY")) errno = EROFS;
    else {
        errno = kept;
        return 0;
    }
    return 1;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    REAL(ssize_t, "write", int, const void *, size_t);
    return fails(fd, 1) ? -1 : real(fd, bytes, length);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    return fails(fd, 1) ? -1 : real(fd, bytes, length, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    return fails(fd, 1) ? -1 : real(fd, bytes, length, at);
}

ssize_t writev(int fd, const struct iovec *parts, int number) {
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    return fails(fd, 1) ? -1 : real(fd, parts, number);
}

int fsync(int fd) {
    REAL(int, "fsync", int);
    return fails(fd, 0) ? -1 : real(fd);
}

int fdatasync(int fd) {
    REAL(int, "fdatasync", int);
    return fails(fd, 0) ? -1 : real(fd);
}

int ftruncate(int fd, off_t length) {
    REAL(int, "ftruncate", int, off_t);
    return fails(fd, 1) ? -1 : real(fd, length);
}

int ftruncate64(int fd, off64_t length) {
    REAL(int, "ftruncate64", int, off64_t);
    return fails(fd, 1) ? -1 : real(fd, length);
}

int posix_fallocate(int fd, off_t from, off_t length) {
    REAL(int, "posix_fallocate", int, off_t, off_t);
    return fails(fd, 1) ? errno : real(fd, from, length);
}

static int refuses(const char *path, int flags) {
    int writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT;
    if (!writes || !hits_path(path) || !there("FAULT_READONLY")) return 0;
    errno = EROFS;
    return 1;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(int, #name, const char *, int, ...); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = va_arg(rest, mode_t); \
        va_end(rest); \
        return refuses(path, flags) ? -1 : real(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        REAL(int, #name, int, const char *, int, ...); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = va_arg(rest, mode_t); \
        va_end(rest); \
        return refuses(path, flags) ? -1 : real(folder, path, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    return refuses(path, O_WRONLY) ? -1 : real(path);
}

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    return refuses(to, O_WRONLY) ? -1 : real(from, to);
}

/* Seconds by which the wall clock is ahead. */
static time_t ahead(void) {
    static __thread int inside;
    const char *path = getenv("FAULT_CLOCK");
    char text[32];
    time_t seconds = 0;
    if (!path || inside) return 0;
    inside = 1;
    int kept = errno, fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0) close(fd);
    if (length > 0) {
        text[length] = 0;
        seconds = strtoll(text, NULL, 10);
    }
    errno = kept;
    inside = 0;
    return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    REAL(int, "clock_gettime", clockid_t, struct timespec *);
    int result = real(clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += ahead();
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    REAL(int, "gettimeofday", struct timeval *restrict, void *restrict);
    int result = real(now, zone);
    if (result == 0) now->tv_sec += ahead();
    return result;
}

time_t time(time_t *place) {
    REAL(time_t, "time", time_t *);
    time_t now = real(NULL) + ahead();
    if (place) *place = now;
    return now;
}
