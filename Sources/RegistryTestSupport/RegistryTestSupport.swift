// RegistryTestSupport
