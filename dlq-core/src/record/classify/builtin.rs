//! The rules that come with the house.
//!
//! A name without a package stands for the class wherever it lives; a package is written where two packages mean two
//! things by one name. What is missing here is [`Unknown`](crate::record::ErrorType::Unknown), which is retried: a rule has
//! to be sure.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::phrases::Phrases;
use super::rules::RuleTable;
use super::{Pattern, Rule};
use crate::record::ErrorType::{
    self, Authentication, PermanentFailure, ResourceExhausted, Serialization, TransientNetwork,
    TransientService, Validation,
};

/// Names, with white space between them.
type Names = &'static str;

/// All of them, sorted once.
pub(super) static BUILTIN: LazyLock<Builtin> = LazyLock::new(|| Builtin {
    telling: RuleTable::new(telling()),
    phrases: Phrases::new(),
    general: RuleTable::new(general()),
});

/// The built-in rules in the order in which they are asked.
#[derive(Debug)]
pub(super) struct Builtin {
    /// Classes that say what happened.
    pub(super) telling: RuleTable,
    /// Messages.
    pub(super) phrases: Phrases,
    /// Classes that say little, for when nothing else is known.
    pub(super) general: RuleTable,
}

pub(super) fn telling() -> Vec<Rule> {
    let status = GRPC_STATUS.iter().map(|(kind, start)| Rule {
        class: Pattern::Is("StatusRuntimeException".into()),
        message: Pattern::StartsWith((*start).into()),
        kind: *kind,
    });
    classes(NAMES, Pattern::Is).chain(classes(PACKAGES, Pattern::StartsWith)).chain(status).collect()
}

pub(super) fn general() -> Vec<Rule> {
    classes(GENERAL_NAMES, Pattern::Is).chain(classes(ENDINGS, Pattern::EndsWith)).collect()
}

fn classes(
    table: &'static [(ErrorType, Names)],
    pattern: fn(Cow<'static, str>) -> Pattern,
) -> impl Iterator<Item = Rule> {
    let rule = move |kind, name: &'static str| Rule::class(pattern(name.into()), kind);
    table.iter().flat_map(move |(kind, names)| names.split_whitespace().map(move |name| rule(*kind, name)))
}

/// What gRPC's one exception for everything says first.
const GRPC_STATUS: [(ErrorType, &str); 14] = [
    (TransientNetwork, "DEADLINE_EXCEEDED"),
    (TransientService, "UNAVAILABLE"),
    (TransientService, "ABORTED"),
    (TransientService, "INTERNAL"),
    (ResourceExhausted, "RESOURCE_EXHAUSTED"),
    (Authentication, "UNAUTHENTICATED"),
    (Authentication, "PERMISSION_DENIED"),
    (Validation, "INVALID_ARGUMENT"),
    (Validation, "OUT_OF_RANGE"),
    (PermanentFailure, "NOT_FOUND"),
    (PermanentFailure, "ALREADY_EXISTS"),
    (PermanentFailure, "FAILED_PRECONDITION"),
    (PermanentFailure, "UNIMPLEMENTED"),
    (PermanentFailure, "DATA_LOSS"),
];

const PACKAGES: &[(ErrorType, Names)] = &[(
    Serialization,
    "com.fasterxml.jackson. tools.jackson. com.google.gson. com.google.protobuf. \
         com.esotericsoftware.kryo. org.apache.avro. org.apache.thrift.protocol. kotlinx.serialization. \
         Google.Protobuf. Newtonsoft.Json. Avro. avro. fastavro. google.protobuf. serde_json:: \
         apache_avro:: prost::",
)];

const NAMES: &[(ErrorType, Names)] = &[
    // Before the one of bean validation, which has the same simple name.
    (PermanentFailure, "org.hibernate.exception.ConstraintViolationException"),
    // Java
    (
        TransientNetwork,
        "java.net.ConnectException java.net.SocketException SocketTimeoutException \
         java.net.UnknownHostException NoRouteToHostException PortUnreachableException \
         java.net.BindException HttpTimeoutException HttpConnectTimeoutException ClosedChannelException \
         AsynchronousCloseException UnresolvedAddressException javax.net.ssl.SSLException \
         java.util.concurrent.TimeoutException java.rmi.ConnectException",
    ),
    // Java clients
    (
        TransientNetwork,
        "ConnectTimeoutException ConnectionTimeoutException ReadTimeoutException WriteTimeoutException \
         ConnectionPoolTimeoutException ConnectionRequestTimeoutException HttpHostConnectException \
         NoHttpResponseException ConnectionClosedException PrematureCloseException NativeIoException \
         ResourceAccessException WebClientRequestException MongoSocketException MongoSocketOpenException \
         MongoSocketReadException MongoSocketReadTimeoutException MongoSocketWriteException \
         MongoTimeoutException RedisConnectionException RedisConnectionFailureException \
         RedisCommandTimeoutException JedisConnectionException CommunicationsException \
         CJCommunicationsException",
    ),
    // Kafka
    (
        TransientNetwork,
        "org.apache.kafka.common.errors.TimeoutException org.apache.kafka.common.errors.NetworkException \
         org.apache.kafka.common.errors.DisconnectException",
    ),
    // JDBC
    (
        TransientNetwork,
        "SQLTransientConnectionException SQLNonTransientConnectionException SQLRecoverableException \
         DataAccessResourceFailureException CannotGetJdbcConnectionException JDBCConnectionException",
    ),
    // .NET
    (
        TransientNetwork,
        "System.TimeoutException System.Net.Sockets.SocketException \
         System.Threading.Tasks.TaskCanceledException",
    ),
    // Python
    (
        TransientNetwork,
        "ConnectionError ConnectionRefusedError ConnectionResetError ConnectionAbortedError \
         BrokenPipeError TimeoutError socket.timeout socket.gaierror ConnectTimeout ReadTimeout \
         requests.exceptions.Timeout requests.exceptions.SSLError \
         requests.exceptions.ChunkedEncodingError ConnectError ReadError MaxRetryError NewConnectionError \
         ProtocolError ClientConnectorError ServerDisconnectedError ServerTimeoutError",
    ),
    // Rust
    (
        TransientNetwork,
        "ConnectionRefused ConnectionReset ConnectionAborted HostUnreachable NetworkUnreachable \
         NetworkDown NotConnected BrokenPipe TimedOut tokio::time::error::Elapsed Elapsed",
    ),
    // Kafka
    (
        TransientService,
        "org.apache.kafka.common.errors.RetriableException \
         org.apache.kafka.connect.errors.RetriableException BrokerNotAvailableException \
         LeaderNotAvailableException NotLeaderOrFollowerException NotLeaderForPartitionException \
         ReplicaNotAvailableException UnknownTopicOrPartitionException UnknownTopicIdException \
         NotEnoughReplicasException NotEnoughReplicasAfterAppendException \
         CoordinatorNotAvailableException CoordinatorLoadInProgressException NotCoordinatorException \
         NotControllerException RebalanceInProgressException RetriableCommitFailedException \
         CommitFailedException ConcurrentTransactionsException KafkaStorageException \
         FencedLeaderEpochException UnknownLeaderEpochException OffsetNotAvailableException \
         UnstableOffsetCommitException EligibleLeadersNotAvailableException InvalidStateStoreException",
    ),
    // Spring, JDBC and stores
    (
        TransientService,
        "TransientDataAccessException TransientDataAccessResourceException RecoverableDataAccessException \
         ConcurrencyFailureException PessimisticLockingFailureException OptimisticLockingFailureException \
         ObjectOptimisticLockingFailureException CannotAcquireLockException \
         CannotSerializeTransactionException DeadlockLoserDataAccessException QueryTimeoutException \
         LockAcquisitionException LockTimeoutException PessimisticLockException OptimisticLockException \
         StaleObjectStateException StaleStateException SQLTransientException \
         SQLTransactionRollbackException SQLTimeoutException MySQLTransactionRollbackException \
         MongoNotPrimaryException MongoNodeIsRecoveringException NoNodeAvailableException \
         AllNodesFailedException RedisBusyException RedisLoadingException",
    ),
    // HTTP and guards
    (
        TransientService,
        "HttpServerErrorException HttpServerErrorException$InternalServerError \
         HttpServerErrorException$ServiceUnavailable HttpServerErrorException$BadGateway \
         HttpServerErrorException$GatewayTimeout WebClientResponseException$InternalServerError \
         WebClientResponseException$ServiceUnavailable WebClientResponseException$BadGateway \
         WebClientResponseException$GatewayTimeout FeignException$FeignServerException \
         FeignException$InternalServerError FeignException$ServiceUnavailable FeignException$BadGateway \
         FeignException$GatewayTimeout feign.RetryableException ServiceUnavailableException \
         InternalServerErrorException CallNotPermittedException BrokenCircuitException \
         CircuitBreakerOpenException DbUpdateConcurrencyException OperationalError DeadlockDetected \
         SerializationFailure",
    ),
    // Rust
    (TransientService, "WouldBlock Interrupted ResourceBusy"),
    (
        ResourceExhausted,
        "java.lang.OutOfMemoryError RejectedExecutionException TaskRejectedException \
         BufferExhaustedException ThrottlingQuotaExceededException BulkheadFullException \
         BulkheadRejectedException RequestNotPermitted RateLimiterRejectedException \
         HttpClientErrorException$TooManyRequests WebClientResponseException$TooManyRequests \
         FeignException$TooManyRequests ThrottlingException ThrottledException \
         ProvisionedThroughputExceededException LimitExceededException TooManyRequestsException \
         PoolAcquireTimeoutException PoolAcquirePendingLimitException EsRejectedExecutionException \
         CircuitBreakingException System.OutOfMemoryException System.InsufficientMemoryException \
         MemoryError RateLimitError RateLimitExceeded TooManyConnections DiskFull OutOfMemory StorageFull \
         QuotaExceeded",
    ),
    (
        Authentication,
        "AuthenticationException SaslAuthenticationException SslAuthenticationException \
         AuthorizationException TopicAuthorizationException GroupAuthorizationException \
         ClusterAuthorizationException TransactionalIdAuthorizationException \
         DelegationTokenAuthorizationException DelegationTokenExpiredException SSLHandshakeException \
         SSLPeerUnverifiedException CertificateException CertificateExpiredException \
         CertificateNotYetValidException CertPathValidatorException SunCertPathBuilderException \
         sun.security.validator.ValidatorException FailedLoginException LoginException \
         AccessControlException AccessDeniedException AuthorizationDeniedException \
         BadCredentialsException CredentialsExpiredException InsufficientAuthenticationException \
         InvalidBearerTokenException ExpiredJwtException JwtValidationException \
         OAuth2AuthenticationException OAuth2AuthorizationException SQLInvalidAuthorizationSpecException \
         PermissionDeniedDataAccessException HttpClientErrorException$Unauthorized \
         HttpClientErrorException$Forbidden WebClientResponseException$Unauthorized \
         WebClientResponseException$Forbidden FeignException$Unauthorized FeignException$Forbidden \
         NotAuthorizedException ForbiddenException UnauthorizedException MongoSecurityException \
         UnauthorizedAccessException System.Security.SecurityException SecurityTokenException \
         SecurityTokenExpiredException System.Security.Authentication.AuthenticationException \
         PermissionError AuthenticationError InvalidPassword InsufficientPrivilege PermissionDenied",
    ),
    (
        Serialization,
        "SerializationException DeserializationException RecordDeserializationException \
         MessageConversionException ConversionException HttpMessageNotReadableException \
         HttpMessageNotWritableException HttpMessageConversionException SchemaParseException \
         AvroTypeException AvroRuntimeException AvroMissingFieldException InvalidProtocolBufferException \
         JsonParseException JsonMappingException JsonProcessingException JsonSyntaxException \
         JSONException JsonParsingException MalformedJsonException MismatchedInputException \
         InvalidFormatException InvalidDefinitionException InvalidTypeIdException \
         UnrecognizedPropertyException ValueInstantiationException \
         org.apache.kafka.connect.errors.DataException SchemaBuilderException SchemaProjectorException \
         java.io.InvalidClassException java.io.NotSerializableException java.io.StreamCorruptedException \
         java.io.UTFDataFormatException java.io.InvalidObjectException CharacterCodingException \
         MalformedInputException UnmappableCharacterException UnmarshalException MarshalException \
         JAXBException SAXParseException XMLStreamException DataFormatException ZipException \
         System.Text.Json.JsonException JsonReaderException JsonSerializationException AvroException \
         JSONDecodeError UnicodeDecodeError UnicodeEncodeError UnpicklingError DecodeError EncodeError \
         ParserError Utf8Error FromUtf8Error ParseIntError ParseFloatError InvalidData \
         rmp_serde::decode::Error bincode::Error",
    ),
    (
        Validation,
        "ConstraintViolationException ValidationException ValidationError MethodArgumentNotValidException \
         MethodArgumentTypeMismatchException MissingServletRequestParameterException \
         HandlerMethodValidationException BindValidationException \
         org.springframework.validation.BindException WebExchangeBindException \
         HttpClientErrorException$BadRequest HttpClientErrorException$UnprocessableEntity \
         HttpClientErrorException$UnprocessableContent WebClientResponseException$BadRequest \
         WebClientResponseException$UnprocessableEntity FeignException$BadRequest \
         FeignException$UnprocessableEntity BadRequestException PropertyValueException \
         InvalidParameterException DateTimeParseException InvalidInput",
    ),
    // Kafka
    (
        PermanentFailure,
        "RecordTooLargeException RecordBatchTooLargeException InvalidTopicException \
         InvalidRequiredAcksException InvalidRecordException UnsupportedVersionException \
         UnsupportedForMessageFormatException PolicyViolationException OffsetMetadataTooLarge \
         InvalidConfigurationException ConfigException",
    ),
    // Spring and JDBC
    (
        PermanentFailure,
        "DuplicateKeyException DataIntegrityViolationException NonTransientDataAccessException \
         InvalidDataAccessApiUsageException InvalidDataAccessResourceUsageException \
         BadSqlGrammarException EmptyResultDataAccessException IncorrectResultSizeDataAccessException \
         TypeMismatchDataAccessException SQLIntegrityConstraintViolationException SQLSyntaxErrorException \
         SQLFeatureNotSupportedException SQLDataException SQLGrammarException EntityNotFoundException \
         EntityExistsException NoSuchBeanDefinitionException BeanCreationException \
         HttpClientErrorException$NotFound HttpClientErrorException$Conflict \
         HttpClientErrorException$Gone HttpClientErrorException$MethodNotAllowed \
         HttpClientErrorException$UnsupportedMediaType WebClientResponseException$NotFound \
         WebClientResponseException$Conflict FeignException$NotFound FeignException$Conflict \
         NotFoundException MethodNotAllowedException java.lang.UnsupportedOperationException",
    ),
    // .NET, Python, Rust
    (
        PermanentFailure,
        "System.NotImplementedException System.NotSupportedException KeyNotFoundException \
         NotImplementedError IntegrityError UniqueViolation ForeignKeyViolation NotNullViolation \
         CheckViolation ProgrammingError DataError AlreadyExists Unsupported",
    ),
];

const GENERAL_NAMES: &[(ErrorType, Names)] = &[
    // HTTP clients that have one class for everything: the status is in the message.
    (
        TransientNetwork,
        "HttpRequestException System.Net.WebException reqwest::Error reqwest::error::Error hyper::Error",
    ),
    (TransientNetwork, "java.io.IOException System.IO.IOException"),
    (
        PermanentFailure,
        "java.lang.NullPointerException java.lang.ClassCastException java.lang.ArithmeticException \
         java.lang.StackOverflowError java.lang.ClassNotFoundException java.lang.NoClassDefFoundError \
         java.lang.NoSuchMethodError java.io.FileNotFoundException java.nio.file.NoSuchFileException \
         java.util.NoSuchElementException System.NullReferenceException System.InvalidCastException \
         System.DivideByZeroException System.IO.FileNotFoundException KeyError IndexError TypeError \
         AttributeError ZeroDivisionError ModuleNotFoundError FileNotFoundError NotFound",
    ),
    (
        Validation,
        "java.lang.IllegalArgumentException java.lang.NumberFormatException \
         java.lang.IndexOutOfBoundsException java.lang.ArrayIndexOutOfBoundsException \
         java.lang.StringIndexOutOfBoundsException System.ArgumentException System.ArgumentNullException \
         System.ArgumentOutOfRangeException System.FormatException ValueError",
    ),
];

/// How an application's own classes like to end.
const ENDINGS: &[(ErrorType, Names)] = &[
    (Serialization, "SerializationException DeserializationException DecodeException ParseException"),
    (Validation, "ValidationException ValidationError"),
    (Authentication, "AuthenticationException AuthorizationException UnauthorizedException"),
    (TransientNetwork, "TimeoutException TimeoutError ConnectionException"),
    (TransientService, "UnavailableException RetriableException RetryableException TransientException"),
    (ResourceExhausted, "RateLimitException TooManyRequestsException QuotaExceededException"),
];
