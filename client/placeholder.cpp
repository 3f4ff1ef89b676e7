namespace client {}
