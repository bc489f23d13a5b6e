%% Selective receive and calls in a process that has unread messages. Filling its mailbox is no part of the time, so
%% the process takes the time itself.
-module(bench_selective).
-export([run/2]).

-define(RECEIVES, 100).
-define(CALLS, 100000).

%% A receive past N messages that do not match. It is done a hundred times: once is too short for the CPU's clock.
run(selective, N) ->
    {?RECEIVES, with_unread(N, fun() -> receive_often(?RECEIVES) end), []};
%% A gen_server:call from a process with N unread messages, and from one that has none. The receive in call/2 waits for
%% a reference made just before, so the messages that are older are not scanned.
run('selective-call', N) ->
    {ok, Server} = gen_server:start_link(bench_work, 0, []),
    Call = fun() -> bench_work:ask(Server, ?CALLS) end,
    {EmptyUS, _} = with_unread(0, Call),
    Full = with_unread(N, Call),
    gen_server:stop(Server),
    {?CALLS, Full, [{'empty-ns', EmptyUS * 1000 / ?CALLS}]}.

with_unread(N, F) ->
    Me = self(),
    P = spawn_link(fun() -> receive go -> ok end,
                            erlang:garbage_collect(),
                            {Time, _} = bench_measure:timed(F),
                            Me ! {self(), Time} end),
    [P ! {noise, I} || I <- lists:seq(1, N)],
    P ! go,
    receive {P, Time} -> Time end.

receive_often(0) -> ok;
receive_often(K) -> self() ! wanted, receive wanted -> receive_often(K - 1) end.
