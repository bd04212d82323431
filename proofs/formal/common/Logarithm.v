(** * Logarithm: the logarithm to base 2 of a real number x >= 1.

    It rests on what the real numbers rest on; the standard library's [ln] needs one more axiom. [lg x] is the least upper bound of the
    fractions a/b with 2^a <= x^b, so that a/b <= lg x if and only if 2^a <= x^b ([lg_spec]).
    - [lg_mult], [lg_pow], [lg_le], [lg_2]: it is the logarithm.
    - [lg_frac]: x^n <= 2^m says that lg x <= m/n; [lg_rat] decides it for a fraction, in
      integers.
    - [lg_tangent]: lg x <= lg a + 2 (x - a)/a.
    - [clog_lg]: rounding a logarithm up adds at most 1. *)
Require Import ZArith Reals List Lra Lia Psatz.
From Pmone Require Import Explicit.
Open Scope R_scope.

Definition cut (x y : R) : Prop := exists a b : nat, (0 < b)%nat /\ 2 ^ a <= Rmax 1 x ^ b /\
  y = INR a / INR b.
Lemma INR_pos b : (0 < b)%nat -> 0 < INR b.
Proof. intros. apply (lt_INR 0 b). auto. Qed.
Lemma pow2_le a b : 2 ^ a <= 2 ^ b -> (a <= b)%nat.
Proof.
  intros H. destruct (Nat.le_gt_cases a b) as [|G]; auto. exfalso.
  apply (Rlt_pow 2) in G; lra.
Qed.
Lemma pow_le_inv x y b : 0 <= x -> 0 <= y -> (0 < b)%nat -> x ^ b <= y ^ b -> x <= y.
Proof.
  intros Hx Hy Hb H. apply Rnot_lt_le. intros L. destruct b as [|b]; [lia|].
  assert (y ^ b <= x ^ b) by (apply pow_incr; lra). cbn [pow] in H.
  assert (P : 0 < x ^ b) by (apply pow_lt; lra). pose proof (pow_le y b Hy). nra.
Qed.
(** a fraction below and a fraction above *)
Lemma below_above x a b a' b' : 1 <= x -> (0 < b)%nat -> (0 < b')%nat -> 2 ^ a <= x ^ b ->
  x ^ b' <= 2 ^ a' ->
  INR a / INR b <= INR a' / INR b'.
Proof.
  intros Hx Hb Hb' H H'. pose proof (INR_pos b Hb) as B. pose proof (INR_pos b' Hb') as B'.
  assert (Q : (a * b' <= a' * b)%nat).
  { apply pow2_le. rewrite !pow_mult. apply Rle_trans with ((x ^ b) ^ b').
    - apply pow_incr. split; auto. apply pow_le. lra.
    - rewrite <- pow_mult, Nat.mul_comm, pow_mult. apply pow_incr. split; auto. apply pow_le. lra. }
  apply le_INR in Q. rewrite !mult_INR in Q. apply Rmult_le_reg_r with (INR b * INR b'); [nra|].
  replace (INR a / INR b * (INR b * INR b')) with (INR a * INR b') by (field; lra).
  replace (INR a' / INR b' * (INR b * INR b')) with (INR a' * INR b) by (field; lra). auto.
Qed.

Lemma cut_bound x : bound (cut x).
Proof.
  set (z := Rmax 1 x). assert (Z : 1 <= z) by apply Rmax_l.
  exists (INR (clog 2 z) / INR 1). intros y (a & b & Hb & H & ->). fold z in H.
  apply (below_above z); auto. pose proof (pow_clog 2 z ltac:(lra)). rewrite pow_1. auto.
Qed.
Lemma cut_zero x : cut x 0.
Proof.
  exists 0%nat, 1%nat. split; [lia|]. cbn. split; [|field]. pose proof (Rmax_l 1 x). lra.
Qed.
Definition lg (x : R) : R :=
  proj1_sig (completeness (cut x) (cut_bound x) (ex_intro _ 0 (cut_zero x))).
Lemma lg_lub x : is_lub (cut x) (lg x).
Proof. unfold lg. destruct (completeness _ _ _) as [m H]. exact H. Qed.

Lemma lg_ge x a b : 1 <= x -> (0 < b)%nat -> 2 ^ a <= x ^ b -> INR a / INR b <= lg x.
Proof. intros Hx Hb H. apply (lg_lub x). exists a, b. rewrite Rmax_right by auto. auto. Qed.
Lemma lg_frac x n m : 1 <= x -> (0 < n)%nat -> x ^ n <= 2 ^ m -> lg x <= INR m / INR n.
Proof.
  intros Hx Hn H. apply (lg_lub x). intros y (a & b & Hb & H' & ->).
  rewrite Rmax_right in H' by auto.
  apply (below_above x); auto.
Qed.
(** within 1/b of lg x, on both sides *)
Lemma lg_close x b : 1 <= x -> (0 < b)%nat -> exists a : nat,
  2 ^ a <= x ^ b <= 2 ^ S a /\ INR a / INR b <= lg x <= INR a / INR b + / INR b.
Proof.
  intros Hx Hb. pose proof (INR_pos b Hb) as B. assert (P : 1 <= x ^ b) by (apply pow_R1_Rle; auto).
  destruct (clog_spec 2 (x ^ b) ltac:(lra)) as [C1 C2].
  assert (G : exists a, 2 ^ a <= x ^ b <= 2 ^ S a).
  { destruct (clog 2 (x ^ b)) as [|a].
    - exists 0%nat. cbn in *. lra.
    - exists a. split; auto. apply Rnot_lt_le. intros H. specialize (C2 a ltac:(lra)). lia. }
  destruct G as [a [G1 G2]]. exists a. repeat split; auto.
  - apply lg_ge; auto.
  - apply (lg_frac x b) in G2; auto. rewrite S_INR in G2.
    replace (INR a / INR b + / INR b) with ((INR a + 1) / INR b) by (field; lra). auto.
Qed.
Lemma archimed_le u v c : 0 <= c -> (forall n, (0 < n)%nat -> u <= v + c * / INR n) -> u <= v.
Proof.
  intros Hc H. apply Rnot_lt_le. intros L. set (n := S (ceil (c / (u - v)))).
  assert (N : 0 < INR n) by (apply INR_pos; unfold n; lia).
  specialize (H n ltac:(unfold n; lia)).
  assert (C : c / (u - v) < INR n)
    by (unfold n; rewrite S_INR; pose proof (ceil_ge (c / (u - v))); lra).
  apply (Rmult_lt_compat_r (u - v)) in C; [|lra]. unfold Rdiv in C.
  rewrite Rmult_assoc, Rinv_l, Rmult_1_r in C by lra.
  apply (Rmult_le_compat_r (INR n)) in H; [|lra].
  replace ((v + c * / INR n) * INR n) with (v * INR n + c) in H by (field; lra). nra.
Qed.
Theorem lg_spec x a b : 1 <= x -> (0 < b)%nat -> INR a / INR b <= lg x <-> 2 ^ a <= x ^ b.
Proof.
  intros Hx Hb. split; [|apply lg_ge; auto]. intros H. pose proof (INR_pos b Hb) as B.
  assert (P : 1 <= x ^ b) by (apply pow_R1_Rle; auto).
  destruct (Rle_or_lt (2 ^ a) (x ^ b)) as [|L]; auto. exfalso.
  (* 2^a > x^b: then lg (x^b) < a *)
  assert (Q : exists n, (0 < n)%nat /\ 2 * (x ^ b) ^ n <= (2 ^ a) ^ n).
  { set (u := 2 ^ a / x ^ b - 1).
    assert (U : 0 < u).
    { unfold u. apply Rplus_lt_reg_r with 1. ring_simplify.
      apply Rmult_lt_reg_r with (x ^ b); [lra|].
      unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra. }
    exists (S (ceil (/ u))). split; [lia|]. set (n := S (ceil (/ u))).
    pose proof (poly n u U) as PB. assert (N : 1 <= INR n * u).
    { unfold n. rewrite S_INR. pose proof (ceil_ge (/ u)).
      apply Rle_trans with (/ u * u); [right; field; lra|]. apply Rmult_le_compat_r; lra. }
    replace (2 ^ a) with ((1 + u) * x ^ b) by (unfold u; field; lra). rewrite Rpow_mult_distr.
    apply Rmult_le_compat_r; [apply pow_le; lra|lra]. }
  destruct Q as (n & Hn & Q). pose proof (INR_pos n Hn) as N.
  assert (F : exists m, (m < a * n)%nat /\ x ^ (b * n) <= 2 ^ m).
  { rewrite <- !pow_mult in Q. assert (0 < a * n)%nat.
    { destruct a; [cbn in L; lra|]. nia. }
    exists (a * n - 1)%nat. split; [lia|]. replace (a * n)%nat with (S (a * n - 1)) in Q by lia.
    cbn [pow] in Q. lra. }
  destruct F as (m & Hm & F). apply (lg_frac x (b * n) m) in F; auto; [|nia]. rewrite mult_INR in F.
  apply lt_INR in Hm. rewrite mult_INR in Hm.
  assert (C : INR a / INR b <= INR m / (INR b * INR n)) by lra.
  apply (Rmult_le_compat_r (INR b * INR n)) in C; [|nra].
  replace (INR a / INR b * (INR b * INR n)) with (INR a * INR n) in C by (field; lra).
  replace (INR m / (INR b * INR n) * (INR b * INR n)) with (INR m) in C by (field; lra). lra.
Qed.

(** ** it is the logarithm *)
Lemma lg_le x y : 1 <= x -> x <= y -> lg x <= lg y.
Proof.
  intros Hx H. apply (lg_lub x). intros z (a & b & Hb & H' & ->). rewrite Rmax_right in H' by auto.
  apply lg_ge; auto; [lra|]. eapply Rle_trans; [apply H'|]. apply pow_incr. lra.
Qed.
Lemma lg_mult x y : 1 <= x -> 1 <= y -> lg (x * y) = lg x + lg y.
Proof.
  intros Hx Hy. assert (Hxy : 1 <= x * y) by nra.
  assert (G : forall n, (0 < n)%nat ->
    lg (x * y) <= lg x + lg y + 2 * / INR n /\ lg x + lg y <= lg (x * y) + 2 * / INR n).
  { intros n Hn. pose proof (INR_pos n Hn) as N.
    destruct (lg_close x n Hx Hn) as (a & [A1 A2] & A3), (lg_close y n Hy Hn) as (b & [B1 B2] & B3).
    assert (E1 : INR (a + b) / INR n <= lg (x * y)).
    { apply lg_ge; auto. rewrite Rpow_mult_distr, pow_add.
      apply Rmult_le_compat; auto; apply pow_le; lra. }
    assert (E2 : lg (x * y) <= INR (S a + S b) / INR n).
    { apply lg_frac; auto. rewrite Rpow_mult_distr, pow_add.
      apply Rmult_le_compat; auto; apply pow_le; lra. }
    rewrite plus_INR in E1, E2. rewrite !S_INR in E2.
    replace ((INR a + INR b) / INR n) with (INR a / INR n + INR b / INR n) in E1 by (field; lra).
    replace ((INR a + 1 + (INR b + 1)) / INR n)
      with (INR a / INR n + INR b / INR n + 2 * / INR n) in E2 by (field; lra).
    lra. }
  apply Rle_antisym; apply (archimed_le _ _ 2); try lra; intros n Hn; apply G; auto.
Qed.
Lemma lg_1 : lg 1 = 0.
Proof. pose proof (lg_mult 1 1 ltac:(lra) ltac:(lra)) as H. rewrite Rmult_1_l in H. lra. Qed.
Lemma lg_nonneg x : 1 <= x -> 0 <= lg x.
Proof. intros. rewrite <- lg_1. apply lg_le; lra. Qed.
Lemma lg_2 : lg 2 = 1.
Proof.
  apply Rle_antisym.
  - replace 1 with (INR 1 / INR 1) by (cbn; field). apply lg_frac; [lra|lia|lra].
  - replace 1 with (INR 1 / INR 1) by (cbn; field). apply lg_ge; [lra|lia|lra].
Qed.
Lemma lg_pow x n : 1 <= x -> lg (x ^ n) = INR n * lg x.
Proof.
  intros Hx. induction n as [|n IH]; [cbn; rewrite lg_1; lra|]. cbn [pow].
  rewrite lg_mult, IH, S_INR; auto.
  - lra.
  - apply pow_R1_Rle; auto.
Qed.

(** ** bounds *)
(** by integer powers *)
Lemma pow_frac a b n : (0 < b)%Z ->
  (IZR a / IZR b) ^ n = IZR (a ^ Z.of_nat n) / IZR (b ^ Z.of_nat n).
Proof.
  intros Hb. apply IZR_lt in Hb. unfold Rdiv. rewrite Rpow_mult_distr, pow_inv, !pow_IZR. auto.
Qed.
Lemma lg_rat a b n m : (0 < b <= a)%Z -> (0 < n)%nat ->
  (a ^ Z.of_nat n <= 2 ^ Z.of_nat m * b ^ Z.of_nat n)%Z -> lg (IZR a / IZR b) <= INR m / INR n.
Proof.
  intros Hab Hn H. assert (B : 0 < IZR (b ^ Z.of_nat n)) by (apply IZR_lt, Z.pow_pos_nonneg; lia).
  assert (B0 : 0 < IZR b) by (apply IZR_lt; lia).
  apply lg_frac; auto.
  - apply Rmult_le_reg_r with (IZR b); auto. unfold Rdiv.
    rewrite Rmult_assoc, Rinv_l, Rmult_1_r, Rmult_1_l by lra.
    apply IZR_le. lia.
  - rewrite pow_frac by lia. apply IZR_le in H. rewrite mult_IZR, <- (pow_IZR 2) in H.
    apply Rmult_le_reg_r with (IZR (b ^ Z.of_nat n)); auto. unfold Rdiv.
    rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.
Lemma lg_rat_ge a b n m : (0 < b <= a)%Z -> (0 < n)%nat ->
  (2 ^ Z.of_nat m * b ^ Z.of_nat n <= a ^ Z.of_nat n)%Z -> INR m / INR n <= lg (IZR a / IZR b).
Proof.
  intros Hab Hn H. assert (B : 0 < IZR (b ^ Z.of_nat n)) by (apply IZR_lt, Z.pow_pos_nonneg; lia).
  assert (B0 : 0 < IZR b) by (apply IZR_lt; lia).
  apply lg_ge; auto.
  - apply Rmult_le_reg_r with (IZR b); auto. unfold Rdiv.
    rewrite Rmult_assoc, Rinv_l, Rmult_1_r, Rmult_1_l by lra.
    apply IZR_le. lia.
  - rewrite pow_frac by lia. apply IZR_le in H. rewrite mult_IZR, <- (pow_IZR 2) in H.
    apply Rmult_le_reg_r with (IZR (b ^ Z.of_nat n)); auto. unfold Rdiv.
    rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.
(** the tangent: (1 + 1/(2n))^n <= 2 *)
Lemma lg_1p u : 0 <= u -> lg (1 + u) <= 2 * u.
Proof.
  intros Hu. apply (archimed_le _ _ 1); [lra|]. intros n Hn. pose proof (INR_pos n Hn) as N.
  set (h := / (2 * INR n)). assert (Hh : 0 < h) by (apply Rinv_0_lt_compat; lra).
  assert (H1 : lg (1 + h) <= / INR n).
  { replace (/ INR n) with (INR 1 / INR n) by (cbn; field; lra). apply lg_frac; auto; [lra|].
    assert (E : 2 * INR n * h = 1) by (unfold h; field; lra).
    pose proof (bernoulli h n ltac:(lra) ltac:(lra)). cbn [pow]. lra. }
  set (k := ceil (2 * INR n * u)). pose proof (ceil_ge (2 * INR n * u)) as C1. fold k in C1.
  assert (C2 : INR k <= 2 * INR n * u + 1) by (apply ceil_le; nra).
  assert (U : 1 + u <= (1 + h) ^ k).
  { pose proof (poly k h Hh) as P. enough (u <= INR k * h) by lra.
    apply Rle_trans with (2 * INR n * u * h); [right; unfold h; field; lra|].
    apply Rmult_le_compat_r; lra. }
  apply lg_le in U; [|lra]. rewrite lg_pow in U by lra.
  assert (P : INR k * lg (1 + h) <= (2 * INR n * u + 1) * / INR n).
  { apply Rmult_le_compat; auto using pos_INR. apply lg_nonneg. lra. }
  replace ((2 * INR n * u + 1) * / INR n) with (2 * u + 1 * / INR n) in P by (field; lra). lra.
Qed.
Lemma lg_tangent a x : 1 <= a -> a <= x -> lg x <= lg a + 2 * ((x - a) / a).
Proof.
  intros Ha H. replace x with (a * (1 + (x - a) / a)) at 1 by (field; lra).
  assert (Z : 0 <= (x - a) / a) by (apply Rmult_le_pos; [lra|left; apply Rinv_0_lt_compat; lra]).
  rewrite lg_mult by lra. apply Rplus_le_compat_l, lg_1p. auto.
Qed.
(** rounding a logarithm up *)
Lemma clog_lg b c x : 1 < b -> 0 < c -> 1 <= c * lg b -> 1 <= x -> INR (clog b x) <= c * lg x + 1.
Proof.
  intros Hb Hc H Hx. pose proof (lg_nonneg x Hx) as X0.
  destruct (clog b x) as [|n] eqn:En; [cbn; nra|]. rewrite S_INR. apply Rplus_le_compat_r.
  assert (B : b ^ n < x).
  { apply Rnot_le_lt. intros B. apply clog_least in B; auto. lia. }
  assert (B' : INR n * lg b <= lg x).
  { rewrite <- lg_pow by lra. apply lg_le; [apply pow_R1_Rle; lra|lra]. }
  pose proof (pos_INR n). nra.
Qed.

(** ** in the form that bounds on N and L need *)
Lemma lg_at_least x k j : 1 <= x -> (0 < k)%nat -> 2 ^ j <= x ^ k -> INR j <= INR k * lg x.
Proof.
  intros Hx Hk H. pose proof (INR_pos k Hk). pose proof (lg_ge x j k Hx Hk H) as G.
  apply (Rmult_le_compat_l (INR k)) in G; [|lra].
  replace (INR k * (INR j / INR k)) with (INR j) in G by (field; lra). auto.
Qed.
Lemma lg_at_most x k j : 1 <= x -> (0 < k)%nat -> x ^ k <= 2 ^ j -> INR k * lg x <= INR j.
Proof.
  intros Hx Hk H. pose proof (INR_pos k Hk). pose proof (lg_frac x k j Hx Hk H) as G.
  apply (Rmult_le_compat_l (INR k)) in G; [|lra].
  replace (INR k * (INR j / INR k)) with (INR j) in G by (field; lra). auto.
Qed.
Lemma lg_two k : lg (2 ^ k) = INR k.
Proof. rewrite lg_pow, lg_2 by lra. ring. Qed.
(** log_{4/3} 2 <= 2.41 *)
Lemma lg_43 : 1 <= 241/100 * lg (4/3).
Proof.
  assert (P : 100 / 241 <= lg (4/3)); [|lra].
  replace (4/3) with (IZR 4 / IZR 3) by lra.
  replace (100/241) with (INR 100 / INR 241) by (rewrite !INR_IZR_INZ; cbn; lra).
  apply lg_rat_ge; [lia..|]. vm_compute. discriminate.
Qed.
Lemma lg_small x : 0 < x <= 1/2 -> 1 <= lg (/ x).
Proof. intros H. rewrite <- lg_2. apply lg_le; [lra|]. apply inv_half; auto. Qed.
Lemma over_small y x : 0 < y <= 1/2 -> 1 <= x -> 1 <= x / y /\ lg (x / y) = lg x + lg (/ y).
Proof.
  intros Hy Hx. pose proof (inv_half y Hy). split; [unfold Rdiv; nra|]. apply lg_mult; lra.
Qed.
