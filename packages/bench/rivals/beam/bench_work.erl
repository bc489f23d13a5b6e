%% What each workload does; bench.erl takes its time.
-module(bench_work).
-export([run/2, ask/2]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).
-export([start_crasher/2, start_gs_crasher/1, cb_init/1]).

%% ---------------------------------------------------------------- pingpong
run(pingpong, N) ->
    Me = self(),
    P = spawn_link(fun() -> pong(Me) end),
    ping(P, N),
    P ! stop, [];
%% -------------------------------------------------------------------- ring
run(ring, N) ->
    Me = self(),
    Count = 503,
    First = spawn_link(fun() -> ring_wait(Me) end),
    Last = lists:foldl(fun(_, Next) -> spawn_link(fun() -> ring_node(Next, Me) end) end,
                       First, lists:seq(1, Count - 1)),
    First ! {next, Last},
    First ! N,
    receive ring_done -> ok end,
    First ! stop,
    receive ring_stopped -> ok end, [];
%% ------------------------------------------------------------------- spawn
%% a million processes, each returning at once; the parent keeps at most 1000 in flight
%% (a burst without waiting would hit the process limit and measure memory instead)
run(spawn, N) ->
    spawn_loop(N, 0), [];
%% ------------------------------------------------------------------ skynet
run(skynet, N) ->
    Me = self(),
    spawn(fun() -> sky(Me, 0, N) end),
    receive {sum, S} -> ok end,
    Expect = N * (N - 1) div 2,
    %% sizes which are not powers of 10 (warm-up) round down in the tree
    (S =:= Expect) orelse (not pow10(N)) orelse exit({skynet_sum, S, Expect}),
    [];
%% ------------------------------------------------------------------- fanin
run(fanin, N) ->
    Senders = 10,
    Per = N div Senders,
    Me = self(),
    [spawn_link(fun() -> fan_send(Me, Per) end) || _ <- lists:seq(1, Senders)],
    fan_recv(Per * Senders), [];
%% --------------------------------------------------------------------- ask
run(ask, N) ->
    {ok, P} = gen_server:start_link(?MODULE, 0, []),
    ask(P, N),
    N = gen_server:call(P, get), gen_server:stop(P), [];
%% --------------------------------------------------------------------- big
run(big, Total) ->
    Procs = 200,
    Per = max(1, Total div Procs),
    Me = self(),
    Pids = [spawn_link(fun() -> big_start(Me, Per) end) || _ <- lists:seq(1, Procs)],
    T = list_to_tuple(Pids),
    [P ! {go, T} || P <- Pids],
    [receive {big_done, P} -> ok end || P <- Pids],
    [P ! quit || P <- Pids],
    [receive {big_quit, P} -> ok end || P <- Pids], [];
%% ------------------------------------------------------------------- sieve
run(sieve, N) ->
    Me = self(),
    Gen = spawn(fun() -> sieve_wait_gen() end),
    Head = spawn(fun() -> sieve_head(Me, Gen) end),
    Gen ! {out, Head},
    Last = sieve_collect(N, 0),
    exit(Gen, kill),
    Head ! sieve_stop,
    [{last, Last}];
%% ----------------------------------------------------------------- restart
%% bare proc_lib child under supervisor; intensity high enough never to give up
run(restart, N) -> restart(N, {?MODULE, start_crasher, [self(), plain]});
%% a new supervisor every 100 restarts: keeps the restart history short, which in OTP < 28 is
%% walked twice per restart (erlang/otp PR 8261)
run('restart-chunk', N) ->
    MFA = {?MODULE, start_crasher, [self(), plain]},
    [restart(100, MFA) || _ <- lists:seq(1, max(1, N div 100))], [];
run('restart-gs-chunk', N) ->
    MFA = {?MODULE, start_gs_crasher, [self()]},
    [restart(100, MFA) || _ <- lists:seq(1, max(1, N div 100))], [];
run('restart-gs', N) -> restart(N, {?MODULE, start_gs_crasher, [self()]});
%% ----------------------------------------------------------------- dynamic
%% start and stop a gen_server under a simple_one_for_one supervisor
run(dynamic, N) ->
    process_flag(trap_exit, true),
    Spec = #{id => c, start => {gen_server, start_link, [?MODULE, 0, []]}, restart => permanent},
    {ok, Sup} = supervisor:start_link(bench_sup, {#{strategy => simple_one_for_one}, [Spec]}),
    dynamic_loop(Sup, N),
    exit(Sup, shutdown),
    receive {'EXIT', Sup, _} -> [] end;
%% -------------------------------------------------------------------- deep
run(deep, D) ->
    Me = self(),
    Echo = spawn_link(fun() -> receive {hi, F} -> F ! hi end end),
    P = spawn_link(fun() -> R = deep(D, Echo), Me ! {deep, R},
                            receive die -> ok end end),
    receive {deep, D} -> ok end,
    {_, W} = process_info(P, total_heap_size),
    P ! die,
    [{stack_and_heap_bytes_per_level, W * erlang:system_info(wordsize) / D}].

ping(_, 0) -> ok;
ping(P, N) -> P ! {ping, self()}, receive pong -> ping(P, N - 1) end.
pong(_) -> receive {ping, F} -> F ! pong, pong(F); stop -> ok end.

ring_wait(Me) -> receive {next, Next} -> ring_node(Next, Me) end.
ring_node(Next, Me) ->
    receive
        0 -> Me ! ring_done, ring_node(Next, Me);
        N when is_integer(N) -> Next ! (N - 1), ring_node(Next, Me);
        stop -> Next ! stop1, receive stop1 -> Me ! ring_stopped end;
        stop1 -> Next ! stop1
    end.

-define(WINDOW, 1000).
spawn_loop(0, 0) -> ok;
spawn_loop(0, Live) -> receive d -> spawn_loop(0, Live - 1) end;
spawn_loop(N, Live) when Live < ?WINDOW ->
    Me = self(),
    spawn(fun() -> Me ! d end),
    spawn_loop(N - 1, Live + 1);
spawn_loop(N, Live) -> receive d -> spawn_loop(N, Live - 1) end.

pow10(1) -> true;
pow10(N) when N rem 10 =:= 0 -> pow10(N div 10);
pow10(_) -> false.

sky(Parent, Num, 1) -> Parent ! {sum, Num};
sky(Parent, Num, Size) when Size < 10 -> Parent ! {sum, Num};
sky(Parent, Num, Size) ->
    Me = self(),
    Sub = Size div 10,
    sky_kids(Me, Num, Sub, 10),
    Parent ! {sum, sky_sum(10, 0)}.
sky_kids(_, _, _, 0) -> ok;
sky_kids(Me, Num, Sub, K) ->
    spawn(fun() -> sky(Me, Num, Sub) end),
    sky_kids(Me, Num + Sub, Sub, K - 1).
sky_sum(0, A) -> A;
sky_sum(K, A) -> receive {sum, S} -> sky_sum(K - 1, A + S) end.

fan_send(_, 0) -> ok;
fan_send(P, N) -> P ! {msg, N}, fan_send(P, N - 1).
fan_recv(0) -> ok;
fan_recv(N) -> receive {msg, _} -> fan_recv(N - 1) end.

ask(_, 0) -> ok;
ask(P, N) -> ok = gen_server:call(P, inc), ask(P, N - 1).

init(S) -> {ok, S}.
handle_call(inc, _, S) -> {reply, ok, S + 1};
handle_call(get, _, S) -> {reply, S, S}.
handle_cast(_, S) -> {noreply, S}.
handle_info(crash, _) -> exit(boom);
handle_info(_, S) -> {noreply, S}.

big_start(Parent, Per) ->
    receive {go, T} -> rand:seed(exsss, {erlang:phash2(self()), 7, 42}), big_loop(Parent, T, Per) end.
big_loop(Parent, _, 0) -> Parent ! {big_done, self()}, big_serve(Parent);
big_loop(Parent, T, N) ->
    To = big_pick(T),
    To ! {ping, self()},
    big_wait(),
    big_loop(Parent, T, N - 1).
big_pick(T) ->
    case element(rand:uniform(tuple_size(T)), T) of
        P when P =:= self() -> big_pick(T);
        P -> P
    end.
big_wait() -> receive {ping, F} -> F ! pong, big_wait(); pong -> ok end.
big_serve(Parent) ->
    receive {ping, F} -> F ! pong, big_serve(Parent); quit -> Parent ! {big_quit, self()} end.

%% Credit of one between neighbours, so that queues stay short as with an unbuffered channel:
%% each stage asks its upstream for the next number.
sieve_wait_gen() -> receive {out, Head} -> sieve_gen(Head, 2) end.
sieve_gen(Out, N) -> receive next -> Out ! {n, N}, sieve_gen(Out, N + 1) end.
sieve_head(Me, Gen) -> sieve_first(Me, Gen).
%% a stage: takes its first number as a prime, spawns the next stage, then filters
sieve_first(Me, Up) ->
    Up ! next,
    receive
        {n, P} ->
            Me ! {prime, P},
            Self = self(),
            Down = spawn(fun() -> sieve_first(Me, Self) end),
            sieve_filter(P, Up, Down);
        sieve_stop -> ok
    end.
sieve_filter(P, Up, Down) ->
    receive
        next -> sieve_pull(P, Up, Down);
        sieve_stop -> Down ! sieve_stop
    end.
sieve_pull(P, Up, Down) ->
    Up ! next,
    receive
        {n, X} when X rem P =:= 0 -> sieve_pull(P, Up, Down);
        {n, X} -> Down ! {n, X}, sieve_filter(P, Up, Down);
        sieve_stop -> Down ! sieve_stop
    end.
sieve_collect(0, Last) -> Last;
sieve_collect(N, _) -> receive {prime, P} -> sieve_collect(N - 1, P) end.

restart(N, MFA) ->
    process_flag(trap_exit, true),
    Spec = #{id => c, start => MFA, restart => permanent},
    {ok, Sup} = supervisor:start_link(bench_sup, {#{strategy => one_for_one,
                                      intensity => 1000000000, period => 1}, [Spec]}),
    receive {up, P} -> ok end,
    restart_loop(P, N),
    exit(Sup, shutdown),
    receive {'EXIT', Sup, _} -> [] end.
restart_loop(_, 0) -> ok;
restart_loop(P, N) -> P ! crash, receive {up, P2} -> restart_loop(P2, N - 1) end.

dynamic_loop(_, 0) -> ok;
dynamic_loop(Sup, N) ->
    {ok, P} = supervisor:start_child(Sup, []),
    ok = supervisor:terminate_child(Sup, P),
    dynamic_loop(Sup, N - 1).

start_crasher(Parent, plain) ->
    proc_lib:start_link(?MODULE, cb_init, [Parent]).
cb_init(Parent) ->
    proc_lib:init_ack({ok, self()}),
    Parent ! {up, self()},
    sup_child_loop().
sup_child_loop() -> receive crash -> exit(boom); _ -> sup_child_loop() end.
start_gs_crasher(Parent) ->
    {ok, P} = gen_server:start_link(?MODULE, 0, []),
    Parent ! {up, P},
    {ok, P}.

deep(0, Echo) -> Echo ! {hi, self()}, receive hi -> 0 end;
deep(N, Echo) -> 1 + deep(N - 1, Echo).
