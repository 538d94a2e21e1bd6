import ArgumentParser
import Glibc

/// The program.
@main
enum Program {
    static func main() async {
        if getpid() == 1 { endOnSignals() }
        await CellarCommand.main()
    }

    /// Makes the signals that end a program end this one, too, as the first process of a container: for process 1 the
    /// kernel ignores every signal without a handler (pid_namespaces(7)). A server takes them over when it listens.
    private static func endOnSignals() {
        for number in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
            signal(number) { number in _exit(128 + number) }
        }
    }
}
