using Xunit;
using Zmtp;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Guides.Snippets;

/// <summary>XPUB and XSUB: a last-value cache, and a broker of publishers and subscribers.</summary>
public sealed class PublishSnippets
{
    [Fact]
    public async Task LastValues()
    {
        await using var context = Searched.NewContext();

        // snippet: last-values
        await using var prices = new XPubSocket(context, new() { XPubVerbose = true }); // hears of every subscription, also to the same topic
        var endpoint = await prices.BindAsync("tcp://127.0.0.1:*");
        var last = new Dictionary<string, string>();

        void Publish(string name, string price)
        {
            lock (last) // the value that greets somebody must not come after a newer one; an XPUB never waits to send
            {
                last[name] = price;
                prices.Send(Message.Of(name, price));
            }
        }

        async Task GreetAsync()
        {
            await foreach (var message in prices) // until the socket is disposed
            {
                using (message)
                {
                    if (!XPubSocket.TryReadSubscription(message, out var subscribe, out var topic) || !subscribe) continue;
                    lock (last)
                    {
                        foreach (var (name, price) in last)
                        {
                            if (System.Text.Encoding.UTF8.GetBytes(name).AsSpan().StartsWith(topic)) prices.Send(Message.Of(name, price));
                        }
                    }
                }
            }
        }

        var greeting = Task.Run(GreetAsync);
        // end

        Publish("EURUSD.", "1.07");
        Publish("USDJPY.", "157");
        Publish("EURUSD.", "1.08");
        await using var ann = new SubSocket(context);
        await using var joe = new SubSocket(context);
        foreach (var subscriber in (SubSocket[])[ann, joe])
        {
            subscriber.Subscribe("EUR");
            subscriber.Connect(endpoint);
            Assert.Equal("EURUSD. 1.08", await NextAsync(subscriber));
        }

        // As the guide says: who has it already gets it again.
        Assert.Equal("EURUSD. 1.08", await NextAsync(ann));
        Publish("EURUSD.", "1.09");
        foreach (var subscriber in (SubSocket[])[ann, joe]) Assert.Equal("EURUSD. 1.09", await NextAsync(subscriber));

        // A topic is octets: it may end inside a character.
        Publish("€URO.", "1.00");
        await using var bob = new SubSocket(context);
        bob.Subscribe("€"u8[..1]);
        bob.Connect(endpoint);
        Assert.Equal("€URO. 1.00", await NextAsync(bob));

        await prices.DisposeAsync();
        await greeting.WithinAsync();
    }

    [Fact]
    public async Task Broker()
    {
        await using var context = Searched.NewContext();
        using var stop = new CancellationTokenSource();

        // snippet: broker
        await using var frontend = new XSubSocket(context); // publishers, PUB or XPUB, connect here
        await using var backend = new XPubSocket(context);  // subscribers, SUB or XSUB, connect here
        var forPublishers = await frontend.BindAsync("tcp://127.0.0.1:*");
        var forSubscribers = await backend.BindAsync("tcp://127.0.0.1:*");
        var proxying = ZmtpProxy.RunAsync(frontend, backend, cancellationToken: stop.Token);
        // end

        await using var publisher = new XPubSocket(context);
        await using var subscriber = new SubSocket(context);
        publisher.Connect(forPublishers);
        subscriber.Connect(forSubscribers);
        subscriber.Subscribe("weather.");
        using (var wanted = await publisher.ReceiveAsync().WithinAsync())
        {
            Assert.True(XPubSocket.TryReadSubscription(wanted, out var subscribe, out var topic));
            Assert.True(subscribe);
            Assert.Equal("weather."u8, topic);
        }

        await publisher.SendAsync(Message.Of("news.zurich", "none"));
        await publisher.SendAsync(Message.Of("weather.zurich", "4 °C"));
        Assert.Equal("weather.zurich 4 °C", await NextAsync(subscriber));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => proxying.WithinAsync());
    }

    private static async Task<string> NextAsync(SubSocket subscriber)
    {
        using var message = await subscriber.ReceiveAsync().WithinAsync();
        return $"{message.AsString()} {message.AsString(1)}";
    }
}
