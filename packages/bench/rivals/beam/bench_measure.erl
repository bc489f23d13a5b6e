%% How a workload is timed, and what the process has used.
-module(bench_measure).
-export([timed/1, peak_megabytes/0, resident_bytes/0]).

%% Microseconds and CPU nanoseconds of a fun, with its result.
timed(F) ->
    C0 = cpu(),
    T0 = erlang:monotonic_time(microsecond),
    R = F(),
    T1 = erlang:monotonic_time(microsecond),
    {{T1 - T0, cpu() - C0}, R}.

peak_megabytes() -> status("VmHWM:") / 1024.
resident_bytes() -> status("VmRSS:") * 1024.

status(Key) ->
    {ok, B} = file:read_file("/proc/self/status"),
    [[V]] = [ [X] || L <- string:split(binary_to_list(B), "\n", all),
                     lists:prefix(Key, L),
                     X <- [hd(string:tokens(lists:nthtail(length(Key), L), " \tkB"))] ],
    list_to_integer(V).

%% CPU nanoseconds of all threads, user and system; statistics(runtime) leaves the system's part out.
cpu() ->
    {ok, Threads} = file:list_dir("/proc/self/task"),
    lists:sum([thread_cpu(T) || T <- Threads]).
thread_cpu(Thread) ->
    {ok, B} = file:read_file("/proc/self/task/" ++ Thread ++ "/schedstat"),
    [Nanoseconds | _] = string:tokens(binary_to_list(B), " "),
    list_to_integer(Nanoseconds).
