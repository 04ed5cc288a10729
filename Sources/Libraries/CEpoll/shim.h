// Calls of Linux that Swift's module of the C library leaves out.
#pragma once
#include <sys/epoll.h>

// The C library's accept4, whose declaration hides behind _GNU_SOURCE. Under a name and with pointers of its own, so that
// <sys/socket.h> stays with Swift's module.
extern int epoll_accept4(int descriptor, void *address, unsigned int *length, int flags) __asm__("accept4");
