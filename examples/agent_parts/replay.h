/* A stand-in for a model server: answers chat completions from a script, streamed and with usage, so
 * the example runs without a network and without a key. A process of its own, on a loopback port. */
#ifndef AGENT_REPLAY_H
#define AGENT_REPLAY_H

#include <sys/types.h>

struct agent_replay {
    pid_t pid;
    char base_url[64]; /* "http://127.0.0.1:40123/v1" */
};

/* Starts it; delay_ms: what a token's first and last byte wait, as with a real model. 0, or -1. Call it
 * before threads start: it forks. */
int agent_replay_start(struct agent_replay *replay, int delay_ms);
void agent_replay_stop(struct agent_replay *replay);

#endif
