extension Installation {
    /// The names of all failpoints; empty in a release build.
    public static var failpointNames: [String] {
        #if DEBUG
            Failpoint.names
        #else
            []
        #endif
    }
}
