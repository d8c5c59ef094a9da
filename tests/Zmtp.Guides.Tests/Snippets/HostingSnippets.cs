// snippet: hosting-service
using Zmtp;
using Zmtp.Mechanisms;
using Zmtp.Sockets;
using Zmtp.Zap;

// end
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Guides.Snippets;

/// <summary>What a generic host and ASP.NET need: by the container they use, and without their packages.</summary>
public sealed class HostingSnippets : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zmtp-hosting");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Sending()
    {
        await using var context = Searched.NewContext();
        await using var archive = new PullSocket(context);
        var settings = new OrderSettings(await archive.BindAsync("tcp://127.0.0.1:*"), "", "");
        var services = new ServiceCollection();
        services.AddSingleton(_ => Searched.NewContext());

        // snippet: hosting-send
        services.AddSingleton(provider =>
        {
            var orders = new PushSocket(provider.GetRequiredService<ZmtpContext>()); // and its Security
            orders.Connect(settings.Endpoint);
            return orders;
        });
        // end

        await using (var host = services.BuildServiceProvider())
        {
            await OrderAsync("an order", host.GetRequiredService<PushSocket>(), TestTimeout.Token);
        }

        using var order = await archive.ReceiveAsync(TestTimeout.Token);
        Assert.Equal("an order", order.AsString());

        // snippet: hosting-send
        // in ASP.NET: app.MapPost("/orders", OrderAsync); the token is the request's
        static async Task OrderAsync(string order, PushSocket orders, CancellationToken aborted) => await orders.SendAsync(order, aborted);
        // end
    }

    [Fact]
    public async Task Hosting()
    {
        using var serverCertificate = Certificate.Generate();
        using var clientCertificate = Certificate.Generate();
        var settings = new OrderSettings(
            $"ipc://{Path.Combine(_directory.FullName, "orders")}",
            Path.Combine(_directory.FullName, "server.txt"),
            _directory.CreateSubdirectory("clients").FullName);
        serverCertificate.Save(settings.CertificateFile);
        clientCertificate.SavePublic(Path.Combine(settings.ClientDirectory, "ann.txt"));
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(settings);
        services.AddSingleton(new OrderBook());

        // snippet: hosting
        services.AddSingleton(_ =>
        {
            var authenticator = new Authenticator();
            authenticator.ConfigureCurve("*", settings.ClientDirectory);
            return authenticator;
        });
        services.AddSingleton(provider =>
        {
            // First: the container disposes of last what it made first.
            var authenticator = provider.GetRequiredService<Authenticator>();
            var context = new ZmtpContext(new() { LoggerFactory = provider.GetRequiredService<ILoggerFactory>() });
            context.Use(authenticator);
            return context;
        });
        services.AddSingleton<OrderService>(); // in a host: AddHostedService<OrderService>()
        // end

        await using var host = services.BuildServiceProvider();
        using var stopping = new CancellationTokenSource();
        var running = host.GetRequiredService<OrderService>().ExecuteAsync(stopping.Token);
        await using (var context = Searched.NewContext())
        {
            await using var client = new PushSocket(
                context, new() { Security = CurveSecurity.Client(clientCertificate, serverCertificate.PublicKey) });
            client.Connect(settings.Endpoint);
            await client.SendAsync("an order", TestTimeout.Token);
            Assert.Equal("an order", await host.GetRequiredService<OrderBook>().First.WithinAsync());
        }

        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WithinAsync());
    }
}

internal sealed record OrderSettings(string Endpoint, string CertificateFile, string ClientDirectory);

internal sealed class OrderBook
{
    private readonly TaskCompletionSource<string> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<string> First => _first.Task;

    public void Add(string order) => _first.TrySetResult(order);
}

// snippet: hosting-service
internal sealed class OrderService(ZmtpContext context, OrderSettings settings, OrderBook book) // in a host: : BackgroundService
{
    public async Task ExecuteAsync(CancellationToken stoppingToken) // in a host: protected override
    {
        using var certificate = Certificate.Load(settings.CertificateFile);
        await using var orders = new PullSocket(context, new() { Security = CurveSecurity.Server(certificate) });
        await orders.BindAsync(settings.Endpoint, stoppingToken);
        await foreach (var message in orders.WithCancellation(stoppingToken))
        {
            using (message) book.Add(message.AsString());
        }
    }
}
// end
