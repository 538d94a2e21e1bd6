// PackagingStandards
