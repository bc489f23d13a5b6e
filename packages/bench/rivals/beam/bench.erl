%% The workloads of this project's bench on the BEAM: names, sizes, time and memory; the work is in bench_work.erl.
%% usage: erl ... -s bench main NAME [SIZE]
%% Prints: NAME <seconds> <ops> <ns-per-op> <peak-rss-MB> [extra k=v ...]
-module(bench).
-export([main/1]).

defaults() ->
    [{pingpong,1000000},{ring,2000000},{spawn,1000000},{idle,200000},
     {skynet,1000000},{fanin,1000000},{ask,500000},
     {big,400000},{sieve,2000},
     {selective,100000},{'selective-ref',100000},{'selective-call',100000},
     {restart,20000},{'restart-gs',20000},{'restart-chunk',20000},{'restart-gs-chunk',20000},{'idle-gs',200000},
     {timers,200000},{'timers-after',200000},{deep,1000000}].

main([NameA | Rest]) ->
    Name = list_to_atom(to_s(NameA)),
    Size = case Rest of
               [] -> proplists:get_value(Name, defaults());
               [S | _] -> list_to_integer(to_s(S))
           end,
    Size =/= undefined orelse begin io:format("unknown ~p~n", [Name]), halt(2) end,
    %% crash/supervisor reports would swamp the restart figures
    logger:set_primary_config(level, none),
    {Pid, Ref} = spawn_opt(fun() -> exit({done, go(Name, Size)}) end,
                           [monitor, {message_queue_data, on_heap}]),
    receive
        {'DOWN', Ref, process, Pid, {done, ok}} -> halt(0);
        {'DOWN', Ref, process, Pid, Why} ->
            io:format("~p failed: ~p~n", [Name, Why]), halt(1)
    end.

to_s(A) when is_atom(A) -> atom_to_list(A);
to_s(L) -> L.

%% warm up (JIT is ahead of time in BeamAsm, so this warms allocators), then time
go(idle, N) -> idle(idle, N, fun() -> spawn(fun() -> receive stop -> ok end end) end);
go('idle-gs', N) -> idle('idle-gs', N, fun() -> {ok, P} = gen_server:start(bench_work, 0, []), P end);
go(timers, N) -> timers(N, sleep);
go('timers-after', N) -> timers(N, send_after);
go(deep, N) ->
    {US, Extra} = timed(fun() -> bench_work:run(deep, N) end),
    report(deep, US, N, Extra);
go(Name, N) ->
    Warm = max(1, N div 10),
    _ = bench_work:run(Name, Warm),
    erlang:garbage_collect(),
    {US, Extra} = timed(fun() -> bench_work:run(Name, N) end),
    report(Name, US, N, Extra).

timed(F) ->
    C0 = cpu(),
    T0 = erlang:monotonic_time(microsecond),
    R = F(),
    T1 = erlang:monotonic_time(microsecond),
    put(cpu, cpu() - C0),
    {T1 - T0, R}.

report(Name, US, N, Extra) ->
    Ops = ops(Name, N),
    io:format("~s ~.4f ~w ~.1f ~.1f cpu-ns=~.1f ~s~n",
              [Name, US / 1.0e6, Ops, US * 1000 / Ops, hwm(), get(cpu) / Ops, extra(Extra)]).

%% for these the whole is one operation
ops(selective, _) -> 1;
ops('selective-ref', _) -> 1;
ops('selective-call', _) -> 1;
ops(_, N) -> N.

extra(L) when is_list(L) ->
    lists:join(" ", [io_lib:format("~s=~p", [K, V]) || {K, V} <- L]);
extra(_) -> "".

hwm() -> status("VmHWM:") / 1024.
rss() -> status("VmRSS:") * 1024.

status(Key) ->
    {ok, B} = file:read_file("/proc/self/status"),
    [[V]] = [ [X] || L <- string:split(binary_to_list(B), "\n", all),
                     lists:prefix(Key, L),
                     X <- [hd(string:tokens(lists:nthtail(length(Key), L), " \tkB"))] ],
    list_to_integer(V).

%% -------------------------------------------------------------------- idle
idle(Name, N, Start) ->
    erlang:garbage_collect(),
    R0 = rss(),
    {US, Ps} = timed(fun() -> [Start() || _ <- lists:seq(1, N)] end),
    R1 = rss(),
    io:format("~s ~.4f ~w ~.1f ~.1f cpu-ns=~.1f~n",
              [Name, US / 1.0e6, N, (R1 - R0) / N, hwm(), get(cpu) / N]),
    [P ! stop || P <- Ps],
    ok.

%% ------------------------------------------------------------------ timers
timers(N, How) ->
    Me = self(),
    {US, _} = timed(fun() -> timers_go(N, How, Me) end),
    Name = case How of sleep -> timers; _ -> 'timers-after' end,
    report(Name, US, N, []).
timers_go(N, sleep, Me) ->
    [spawn(fun() -> receive after rand:uniform(1000) -> Me ! t end end) || _ <- lists:seq(1, N)],
    fan_t(N);
timers_go(N, send_after, Me) ->
    [erlang:send_after(rand:uniform(1000), Me, t) || _ <- lists:seq(1, N)],
    fan_t(N).
fan_t(0) -> ok;
fan_t(N) -> receive t -> fan_t(N - 1) end.

%% CPU nanoseconds of all threads, user and system; statistics(runtime) leaves the system's part out.
cpu() ->
    {ok, Threads} = file:list_dir("/proc/self/task"),
    lists:sum([thread_cpu(T) || T <- Threads]).
thread_cpu(Thread) ->
    {ok, B} = file:read_file("/proc/self/task/" ++ Thread ++ "/schedstat"),
    [Nanoseconds | _] = string:tokens(binary_to_list(B), " "),
    list_to_integer(Nanoseconds).
