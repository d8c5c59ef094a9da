namespace Zmtp.Perf;

internal static class Usage
{
    public const string Text = """
        usage: Zmtp.Perf CASE [options]    both halves of a measurement, one JSON line for each size
               Zmtp.Perf ROLE [options]    one half, towards any implementation
               Zmtp.Perf info | keygen
        CASE   throughput latency pubsub fanout stream rpc handshake connections
        ROLE   push pull req rep pub sub dealer router
          --transport tcp|ipc|inproc       (cases) default tcp
          --procs 1|2                      (cases) two threads or two processes; default 2
          --role both|sender|receiver      (cases) only one half
          --endpoint E  --bind             (roles) connects unless --bind; who binds prints READY and its endpoint on stderr
          --size N[,N...]                  octets of the body; default 100
          --count N  --warmup N            by messages; default warm-up a tenth
          --seconds S  --warmup-seconds S  by time; default 1 and 1; cases warm up until the compiler is done, 1.5 to 8 s
          --cold                           (cases) no longer than they are told: the speed of a program that has just started
          --mechanism null|plain|curve     default null
          --cipher libsodium|vector        (curve) who encrypts messages; default libsodium
          --serverkey K --publickey K --secretkey K    Z85; who has no --serverkey is the CURVE server
          --username U  --password P
          --hwm N                          high-water marks, 0 for none
          --api sync|async                 blocking calls or awaited ones; default sync
          --peers N                        (fanout, stream) of one sender; default 32
          --subs N (pubsub)  --window N (rpc)  --parallel N (handshake)  --clients N (connections)
          --mode rpc|connections|handshake|stream    (dealer; router: stream or not)
          --idle S                         (rep, router) ends after that long a silence; default 3
          --timeout S                      gives up, 0 never; default 120
          --verify                         checks every octet of every body; of a sender by hand its number only
          --impl NAME                      the name in the JSON line
          --io-threads N                   no effect
        """;
}
