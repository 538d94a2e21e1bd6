import NIOPosix
import Registry
import ServerConfiguration

/// The receivers of the audit that the configuration names.
struct AuditReceivers: Sendable {
    let all: [any AuditReceiver]
    private let webhook: AuditWebhook?

    /// Makes them; shut them down.
    init(_ settings: AuditSettings, threads: NIOThreadPool) {
        webhook = settings.webhook.map { AuditWebhook($0) }
        var all: [any AuditReceiver] = []
        if let path = settings.file { all.append(AuditFile(path: path, threads: threads)) }
        if let webhook { all.append(webhook) }
        self.all = all
    }

    /// Ends the connections.
    func shutdown() async {
        await webhook?.shutdown()
    }
}
