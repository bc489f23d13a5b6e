%% The workloads of this project's bench on the BEAM: their names, sizes and lines; the work is in bench_work.erl and
%% bench_selective.erl.
%% usage: erl ... -s bench main NAME [SIZE]
%% Prints: NAME <seconds> <ops> <ns-per-op> <peak-rss-MB> [extra k=v ...]
-module(bench).
-export([main/1]).

defaults() ->
    [{pingpong,1000000},{ring,2000000},{spawn,1000000},{idle,200000},
     {skynet,1000000},{fanin,1000000},{ask,500000},
     {big,400000},{sieve,2000},
     {selective,100000},{'selective-call',100000},
     {restart,20000},{'restart-gs',20000},{'restart-chunk',20000},{'restart-gs-chunk',20000},{dynamic,200000},{'idle-gs',200000},
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
    {Time, Extra} = bench_measure:timed(fun() -> bench_work:run(deep, N) end),
    report(deep, N, Time, Extra);
go(Name, N) when Name =:= selective; Name =:= 'selective-call' ->
    _ = bench_selective:run(Name, max(1, N div 10)),
    erlang:garbage_collect(),
    {Ops, Time, Extra} = bench_selective:run(Name, N),
    report(Name, Ops, Time, Extra);
go(Name, N) ->
    Warm = max(1, N div 10),
    _ = bench_work:run(Name, Warm),
    erlang:garbage_collect(),
    {Time, Extra} = bench_measure:timed(fun() -> bench_work:run(Name, N) end),
    report(Name, N, Time, Extra).

report(Name, Ops, {US, Cpu}, Extra) ->
    io:format("~s ~.4f ~w ~.1f ~.1f cpu-ns=~.1f ~s~n",
              [Name, US / 1.0e6, Ops, US * 1000 / Ops, bench_measure:peak_megabytes(), Cpu / Ops, extra(Extra)]).

extra(L) when is_list(L) ->
    lists:join(" ", [io_lib:format("~s=~p", [K, V]) || {K, V} <- L]);
extra(_) -> "".

%% -------------------------------------------------------------------- idle
idle(Name, N, Start) ->
    erlang:garbage_collect(),
    R0 = bench_measure:resident_bytes(),
    {{US, Cpu}, Ps} = bench_measure:timed(fun() -> [Start() || _ <- lists:seq(1, N)] end),
    R1 = bench_measure:resident_bytes(),
    io:format("~s ~.4f ~w ~.1f ~.1f cpu-ns=~.1f~n",
              [Name, US / 1.0e6, N, (R1 - R0) / N, bench_measure:peak_megabytes(), Cpu / N]),
    [P ! stop || P <- Ps],
    ok.

%% ------------------------------------------------------------------ timers
timers(N, How) ->
    Me = self(),
    {Time, _} = bench_measure:timed(fun() -> timers_go(N, How, Me) end),
    Name = case How of sleep -> timers; _ -> 'timers-after' end,
    report(Name, N, Time, []).
timers_go(N, sleep, Me) ->
    [spawn(fun() -> receive after rand:uniform(1000) -> Me ! t end end) || _ <- lists:seq(1, N)],
    fan_t(N);
timers_go(N, send_after, Me) ->
    [erlang:send_after(rand:uniform(1000), Me, t) || _ <- lists:seq(1, N)],
    fan_t(N).
fan_t(0) -> ok;
fan_t(N) -> receive t -> fan_t(N - 1) end.
