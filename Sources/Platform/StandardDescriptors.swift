/// Standard input, output and error, which a program may be started without.
public enum StandardDescriptors {
    /// Opens those that are closed on something that can be neither read nor written, before a file or a socket takes their
    /// number and gets what is meant for them.
    public static func reserve() {
        for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)] {
            guard fcntl(descriptor, F_GETFD) == -1, errno == EBADF else { continue }
            // The lowest number that is free, which is this one.
            _ = open("/dev/null", mode)
        }
    }
}
