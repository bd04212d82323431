(** * HornerSlacks (S5): how few bits, digits and slacks are enough, for any plan of construction S.

    With X = log2(d l/eps), w = 1/2 log2(l d^2/delta), Lambda = log2(l X/delta) and Q = l K/delta:
    - [bits_rate]: the least p is at most X + 0.31; [spare_rate]: the least e is at most w + 5/2;
      [depth_rate]: 2 + l (K + 2) <= l (X + w + 7.81).
    - [slackU], [slackA]: the least s and r with 2^-s <= 0.075/Q and (3/4)^r <= 0.065/Q.
      [slack_rate]: 2 + s + 2 r <= 7 Lambda + 41. [slack_facts]: how small they make the failures.
    - [least_exists], [least_pair]: there are a least number and a least s + 2 r. *)
Require Import ZArith Reals List Lra Lia Psatz Bool.
From Pmone Require Import Sums Quantize Explicit Logarithm.
Open Scope R_scope.

Definition least (P : nat -> Prop) (n : nat) : Prop := P n /\ forall m, P m -> (n <= m)%nat.
(** the least number of bits; the program keeps a 1024th of eps for outward rounding *)
Definition least_bits (d l : nat) (eps : R) (p : nat) : Prop :=
  least (fun p => (1 + eta_of d p) ^ l <= 1 + eps * (1 - /1024)) p.
(** Lambda *)
Definition Lam (d l : nat) (eps delta : R) : R := lg (INR l * lg (INR d * INR l / eps) / delta).

(** ** some logarithms *)
Lemma lg_531 : lg (531/100) <= 241/100.
Proof.
  replace (241/100) with (INR 241 / INR 100) by (rewrite !INR_IZR_INZ; cbn; lra).
  apply lg_rat; [lia..|]. vm_compute. discriminate.
Qed.
Lemma lg_40_3 : lg (40/3) <= 374/100.
Proof.
  replace (374/100) with (INR 374 / INR 100) by (rewrite !INR_IZR_INZ; cbn; lra).
  apply lg_rat; [lia..|]. vm_compute. discriminate.
Qed.
Lemma lg_200_13 : lg (200/13) <= 395/100.
Proof.
  replace (395/100) with (INR 395 / INR 100) by (rewrite !INR_IZR_INZ; cbn; lra).
  apply lg_rat; [lia..|]. vm_compute. discriminate.
Qed.
Lemma lg_12377 : lg (12377/10000) <= 31/100.
Proof.
  replace (31/100) with (INR 31 / INR 100) by (rewrite !INR_IZR_INZ; cbn; lra).
  apply lg_rat; [lia..|]. vm_compute. discriminate.
Qed.

(** ** the number of bits *)
Lemma too_few_bits d l eps p : 0 < eps <= 1/2 ->
  1 + eps * (1 - /1024) < (1 + eta_of d p) ^ l -> 2 ^ S p * (808/1000 * eps) < INR d * INR l.
Proof.
  intros He H. apply Rnot_le_lt. intros C.
  assert (PB : 0 < 2 ^ S p) by (apply pow_lt; lra).
  pose proof (pos_INR d) as D0. pose proof (pos_INR l) as L0.
  assert (E0 : 0 <= eta_of d p).
  { unfold eta_of, Rdiv. apply Rmult_le_pos; [lra|]. left. apply Rinv_0_lt_compat. auto. }
  set (z := INR l * eta_of d p).
  assert (Z0 : 0 <= z) by (apply Rmult_le_pos; lra).
  assert (Hz : z <= 808/1000 * eps).
  { apply Rmult_le_reg_r with (2 ^ S p); auto. unfold z, eta_of.
    replace (INR l * (INR d / 2 ^ S p) * 2 ^ S p) with (INR d * INR l) by (field; lra). lra. }
  pose proof (power_upper (eta_of d p) l E0 ltac:(fold z; lra)) as U. fold z in U.
  cbn [pow] in U.
  assert (Z2 : z * z <= 652864/1000000 * (eps * eps)) by nra.
  assert (Z3 : z * (z * z) <= 528/1000 * (eps * (eps * eps))).
  { apply Rle_trans with ((808/1000 * eps) * (652864/1000000 * (eps * eps)));
      [apply Rmult_le_compat; nra|nra]. }
  assert (E2 : eps * eps <= 1/2 * eps) by nra. assert (E3 : eps * (eps * eps) <= 1/4 * eps) by nra.
  lra.
Qed.

(** ** the slacks *)
(** Q (7/8)^(s + 2r): its 26th power is at most 0.075^5 0.065^24 / Q^3 *)
Lemma output_slack (Q : R) (s r : nat) : 4 <= Q ->
  Q * (1/2) ^ s <= 75/1000 -> Q * (3/4) ^ r <= 65/1000 -> Q * (7/8) ^ (s + 2 * r) <= 43/1000.
Proof.
  intros HQ Hu Hv. set (u := (1/2) ^ s) in *. set (v := (3/4) ^ r) in *.
  set (g := (7/8) ^ (s + 2 * r)).
  assert (U0 : 0 < u) by (apply pow_lt; lra). assert (V0 : 0 < v) by (apply pow_lt; lra).
  assert (G0 : 0 < g) by (apply pow_lt; lra).
  assert (E : g ^ 26 <= u ^ 5 * v ^ 24).
  { unfold g, u, v. rewrite <- !pow_mult.
    replace ((s + 2 * r) * 26)%nat with (26 * s + 52 * r)%nat by lia.
    rewrite pow_add, (Nat.mul_comm s), (Nat.mul_comm r), !pow_mult.
    apply Rmult_le_compat; try (apply pow_le, pow_le; lra); apply pow_incr; split;
      try (apply pow_le; lra); cbn [pow]; lra. }
  apply (pow_le_inv _ _ 26); [nra|lra|lia|].
  assert (F : (Q * u) ^ 5 * (Q * v) ^ 24 <= (75/1000) ^ 5 * (65/1000) ^ 24).
  { apply Rmult_le_compat; try (apply pow_le; nra); apply pow_incr; nra. }
  rewrite !Rpow_mult_distr in F.
  assert (Q26 : 0 < Q ^ 26) by (apply pow_lt; lra).
  assert (Q3 : 64 <= Q ^ 3) by (replace 64 with (4 ^ 3) by (cbn; lra); apply pow_incr; lra).
  assert (W : 64 * (Q ^ 26 * (u ^ 5 * v ^ 24)) <= (75/1000) ^ 5 * (65/1000) ^ 24).
  { eapply Rle_trans; [|exact F].
    replace (Q ^ 5 * u ^ 5 * (Q ^ 24 * v ^ 24)) with (Q ^ 3 * (Q ^ 26 * (u ^ 5 * v ^ 24))) by ring.
    apply Rmult_le_compat_r; auto. apply Rmult_le_pos; [lra|].
    apply Rmult_le_pos; apply pow_le; lra. }
  rewrite Rpow_mult_distr.
  apply Rle_trans with (Q ^ 26 * (u ^ 5 * v ^ 24)); [apply Rmult_le_compat_l; lra|].
  assert (N : (75/1000) ^ 5 * (65/1000) ^ 24 <= 64 * (43/1000) ^ 26) by (cbn [pow]; lra). lra.
Qed.

(** one digit fewer would not do *)
Lemma spare_rate d l delta (F : nat -> R) e : (1 <= d)%nat -> (1 <= l)%nat -> 0 < delta <= 1/2 ->
  (forall q, F q <= 4 * (INR l * (INR d * INR d)) * (1/4) ^ q) ->
  least (fun e => F e <= delta / 2) e -> INR e <= lg (INR l * (INR d * INR d) / delta) / 2 + 5/2.
Proof.
  intros Hd Hl Hdelta HF [_ M].
  pose proof (INR1 d Hd) as Dd. pose proof (INR1 l Hl) as L1.
  set (v := INR l * (INR d * INR d)) in *. assert (V1 : 1 <= v) by (unfold v; nra).
  destruct (over_small delta v Hdelta V1) as [W1 _].
  destruct e as [|q]; [cbn [INR]; pose proof (lg_nonneg _ W1); lra|].
  assert (G : delta / 2 < F q).
  { apply Rnot_le_lt. intros C. apply M in C. lia. }
  specialize (HF q).
  assert (Z : (1/4) ^ q * 4 ^ q = 1)
    by (rewrite <- Rpow_mult_distr; replace (1/4 * 4) with 1 by field; apply pow1).
  assert (P : 0 < 4 ^ q) by (apply pow_lt; lra).
  assert (H : 4 ^ q <= 2 ^ 3 * (v / delta)).
  { apply Rmult_le_reg_r with (delta / 2); [lra|].
    replace (2 ^ 3 * (v / delta) * (delta / 2)) with (4 * v * 1) by (cbn [pow]; field; lra).
    rewrite <- Z. nra. }
  apply lg_le in H; [|apply pow_R1_Rle; lra].
  rewrite lg_mult, lg_pow, lg_two in H by (try lra; cbn; lra).
  replace (lg 4) with 2 in H
    by (replace 4 with (2 ^ 2) by (cbn; lra); rewrite lg_two; cbn; lra).
  rewrite S_INR. cbn [INR] in H. lra.
Qed.

Section Rates.
Variables (d l : nat) (eps delta : R) (p e : nat).
Hypothesis Hd : (1 <= d)%nat.
Hypothesis Hl : (1 <= l)%nat.
Hypothesis Heps : 0 < eps <= 1/2.
Hypothesis Hdelta : 0 < delta <= 1/2.
Local Notation DL := (INR d * INR l).
Local Notation X := (lg (DL / eps)).
Local Notation y := (lg (/ delta)).
Local Notation w := (lg (INR l * (INR d * INR d) / delta) / 2).
Local Notation K := (p + 1 + e)%nat.
Local Notation Q := (INR l * INR K / delta).
Local Notation Lambda := (Lam d l eps delta).

Lemma DL1 : 1 <= DL.
Proof. pose proof (INR1 d Hd). pose proof (INR1 l Hl). nra. Qed.
Lemma lg_facts : 1 <= X /\ 1 <= y /\ w <= X - 1 + y / 2 /\ 1/2 <= w /\
  Lambda = lg (INR l * X) + y /\ 0 <= lg (INR l * X).
Proof.
  pose proof DL1 as D1. pose proof (INR1 d Hd) as Dd. pose proof (INR1 l Hl) as L1.
  destruct (over_small eps DL Heps D1) as [E1 E2].
  pose proof (lg_small eps Heps) as E3.
  pose proof (lg_small delta Hdelta) as Y1.
  pose proof (lg_nonneg DL D1) as E4. assert (X1 : 1 <= X) by lra.
  assert (Z1 : 1 <= INR l * (INR d * INR d)) by nra.
  destruct (over_small delta _ Hdelta Z1) as [W1 W2].
  assert (Z2 : INR l * (INR d * INR d) <= DL ^ 2) by (cbn [pow]; nra).
  apply lg_le in Z2; auto. rewrite lg_pow in Z2 by auto. cbn [INR] in Z2.
  pose proof (lg_nonneg _ Z1) as Z3.
  assert (LX : 1 <= INR l * X) by nra.
  destruct (over_small delta _ Hdelta LX) as [_ V2].
  unfold Lam. rewrite W2, V2. pose proof (lg_nonneg _ LX). repeat split; lra.
Qed.

(** *** the number of digits *)
Hypothesis Hp : least_bits d l eps p.
Lemma p1 : (1 <= p)%nat.
Proof.
  destruct p as [|q]; [|lia]. exfalso. destruct Hp as [F _]. unfold eta_of in F.
  pose proof (INR1 d Hd) as Dd. pose proof (INR1 l Hl) as L1.
  pose proof (poly l (INR d / 2 ^ 1) ltac:(cbn [pow]; lra)) as B.
  assert (1/2 <= INR l * (INR d / 2 ^ 1)) by (cbn [pow]; nra). lra.
Qed.
Lemma bits_rate : INR p <= X + 31/100.
Proof.
  pose proof p1 as P1. pose proof DL1 as D1. destruct p as [|q]; [lia|]. destruct Hp as [_ F].
  assert (G : 1 + eps * (1 - /1024) < (1 + eta_of d q) ^ l).
  { apply Rnot_le_lt. intros C. apply F in C. lia. }
  apply (too_few_bits d l eps q Heps) in G.
  destruct (over_small eps DL Heps D1) as [E1 _].
  assert (H : 2 ^ S q <= 12377/10000 * (DL / eps)).
  { apply Rmult_le_reg_r with eps; [lra|].
    replace (12377/10000 * (DL / eps) * eps) with (12377/10000 * DL) by (field; lra).
    pose proof (pow_lt 2 (S q) ltac:(lra)). nra. }
  apply lg_le in H; [|apply pow_R1_Rle; lra]. rewrite lg_two, lg_mult in H by lra.
  pose proof lg_12377. lra.
Qed.

Hypothesis Hspare : INR e <= w + 5/2.
Lemma K_rate : INR K <= X + w + 381/100.
Proof. pose proof bits_rate. rewrite !plus_INR. cbn [INR]. lra. Qed.
Lemma K2 : 2 <= INR K.
Proof. pose proof p1. change 2 with (INR 2). apply le_INR. lia. Qed.

Theorem depth_rate : INR (2 + l * (K + 2)) <= INR l * (X + w + 781/100).
Proof.
  pose proof K_rate as H. pose proof (INR1 l Hl) as L1. rewrite plus_INR, mult_INR, plus_INR.
  cbn [INR].
  assert (INR l * (INR K + 2) <= INR l * (X + w + 381/100 + 2)) by (apply Rmult_le_compat_l; lra).
  lra.
Qed.

(** *** one pair of slacks *)
Lemma Q4 : 4 <= Q.
Proof.
  pose proof K2. pose proof (INR1 l Hl). pose proof (inv_half delta Hdelta).
  assert (2 <= INR l * INR K) by nra. unfold Rdiv. nra.
Qed.
Lemma Q_rate : lg Q <= Lambda + 241/100 + (Lambda - 1) / (531/100).
Proof.
  destruct lg_facts as (X1 & Y1 & W1 & W0 & L1 & L0). pose proof K_rate as KR.
  pose proof (INR1 l Hl) as Ll.
  set (c := 481/100 + Lambda / 2).
  assert (C : INR K <= c * X).
  { apply Rle_trans with ((481/100 + y / 2) * X); [|apply Rmult_le_compat_r; unfold c; lra].
    assert (0 <= (X - 1) * (281/100 + y / 2)) by (apply Rmult_le_pos; lra). lra. }
  assert (D : Q <= (INR l * X / delta) * c).
  { replace (INR l * X / delta * c) with (INR l * (c * X) * / delta) by (field; lra).
    apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat; lra|]. apply Rmult_le_compat_l; lra. }
  pose proof Q4. apply lg_le in D; [|lra].
  assert (LX : 1 <= INR l * X) by nra.
  destruct (over_small delta _ Hdelta LX) as [V1 _].
  rewrite lg_mult in D by (unfold c; lra). fold Lambda in D.
  change (lg (INR l * X / delta)) with Lambda in D.
  pose proof (lg_tangent (531/100) c ltac:(lra) ltac:(unfold c; lra)) as T. pose proof lg_531.
  replace (2 * ((c - 531/100) / (531/100))) with ((Lambda - 1) / (531/100)) in T
    by (unfold c; field). lra.
Qed.

Definition slackU : nat := clog 2 (40/3 * Q).
Definition slackA : nat := clog (4/3) (200/13 * Q).
Local Notation sU := slackU.
Local Notation sA := slackA.
Theorem slack_rate : INR (2 + sU + 2 * sA) <= 7 * Lambda + 41.
Proof.
  pose proof Q4 as Q4. pose proof Q_rate as QR. destruct lg_facts as (X1 & Y1 & W1 & W0 & L1 & L0).
  assert (A : INR sU <= 1 * lg (40/3 * Q) + 1) by (apply clog_lg; try lra; rewrite lg_2; lra).
  assert (B : INR sA <= 241/100 * lg (200/13 * Q) + 1)
    by (apply clog_lg; try lra; apply lg_43).
  rewrite lg_mult in A, B by lra. pose proof lg_40_3. pose proof lg_200_13.
  rewrite !plus_INR, mult_INR. cbn [INR]. lra.
Qed.

(** what the slacks are for *)
Local Notation t := ((3/4) ^ (sU + 2 * sA)).
Local Notation g := ((7/8) ^ (sU + 2 * sA)).
Lemma slack_facts : INR l * INR K * (1/2) ^ sU <= 75/1000 * delta /\
  INR l * INR K * (3/4) ^ sA <= 65/1000 * delta /\ INR l * INR K * t <= 2/1000 * delta /\
  INR l * INR K * g <= 43/1000 * delta.
Proof.
  pose proof K2 as K2. pose proof (INR1 l Hl) as L1. pose proof Q4 as Q4.
  set (u := (1/2) ^ sU). set (v := (3/4) ^ sA). set (t0 := t). set (g0 := g).
  assert (U0 : 0 < u) by (apply pow_lt; lra). assert (V0 : 0 < v) by (apply pow_lt; lra).
  assert (QU : Q * u <= 75/1000).
  { pose proof (pow_clog 2 (40/3 * Q) ltac:(lra)) as C. fold slackU in C.
    assert (I : u * 2 ^ sU = 1)
      by (unfold u; rewrite <- Rpow_mult_distr; replace (1/2 * 2) with 1 by field; apply pow1).
    apply (Rmult_le_compat_r u) in C; lra. }
  assert (QV : Q * v <= 65/1000).
  { pose proof (pow_clog (4/3) (200/13 * Q) ltac:(lra)) as C. fold slackA in C.
    assert (I : v * (4/3) ^ sA = 1)
      by (unfold v; rewrite <- Rpow_mult_distr; replace (3/4 * (4/3)) with 1 by field; apply pow1).
    apply (Rmult_le_compat_r v) in C; lra. }
  assert (QG : Q * g0 <= 43/1000) by (apply output_slack; auto).
  assert (TV : t0 <= v * v).
  { unfold t0, v. replace (sU + 2 * sA)%nat with (sU + (sA + sA))%nat by lia. rewrite !pow_add.
    fold v.
    assert ((3/4) ^ sU <= 1) by (rewrite <- (pow1 sU); apply pow_incr; lra). nra. }
  assert (QT : Q * t0 <= 2/1000).
  { assert (Q * t0 <= (Q * v) * v) by nra. assert (4 * v <= 65/1000) by nra. nra. }
  assert (LK : INR l * INR K = delta * Q) by (field; lra). rewrite LK. repeat split; nra.
Qed.
End Rates.

(** ** the least *)
Lemma least_exists (P : nat -> Prop) : (forall n, P n \/ ~ P n) -> forall n, P n ->
  exists m, least P m.
Proof.
  intros dec n Hn. destruct (least_nat P dec 0 n ltac:(lia) Hn) as (m & _ & H1 & H2).
  exists m. split; auto. intros q Hq. apply Nat.nlt_ge. intros G. apply (H2 q); auto. lia.
Qed.
(** the least s + 2 r *)
Lemma least_pair (P : nat -> nat -> Prop) : (forall s r, P s r \/ ~ P s r) ->
  forall s r, P s r -> exists s r, P s r /\ forall s' r', P s' r' -> (s + 2 * r <= s' + 2 * r')%nat.
Proof.
  intros dec s r H.
  assert (D : forall c, (exists s r, (s + 2 * r = c)%nat /\ P s r) \/
    ~ exists s r, (s + 2 * r = c)%nat /\ P s r).
  { intros c.
    assert (B : forall n, (exists r, (2 * r <= c)%nat /\ P (c - 2 * r)%nat r) \/
       forall r, (r < n)%nat -> (2 * r <= c)%nat -> ~ P (c - 2 * r)%nat r).
    { induction n as [|n [IH|IH]]; [right; intros; lia|auto|].
      destruct (Nat.le_gt_cases (2 * n) c) as [C|C], (dec (c - 2 * n)%nat n) as [Y|Y]; eauto;
        right; intros r' R1 R2; (destruct (Nat.eq_dec r' n) as [->|]; [auto; lia|apply IH; lia]). }
    destruct (B (S c)) as [(x & X1 & X2)|Z].
    - left. exists (c - 2 * x)%nat, x. split; auto. lia.
    - right. intros (s0 & r0 & <- & X). apply (Z r0); try lia.
      replace (s0 + 2 * r0 - 2 * r0)%nat with s0 by lia. auto. }
  destruct (least_exists _ D (s + 2 * r)) as (c & (s0 & r0 & <- & X) & M); [eauto|].
  exists s0, r0. split; auto. intros s' r' H'. apply M. eauto.
Qed.
Lemma least_bits_exists d l eps : (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1/2 ->
  exists p, least_bits d l eps p.
Proof.
  intros Hd Hl He.
  apply (least_exists (fun p => (1 + eta_of d p) ^ l <= 1 + eps * (1 - /1024)) (fun p => Rle_or _ _)
    (Bits d l (eps * (1 - /1024)))).
  apply Bits_ok; auto. lra.
Qed.
Lemma least_spare_exists d l delta (F : nat -> R) : 0 < delta ->
  (forall q, F q <= 4 * (INR l * (INR d * INR d)) * (1/4) ^ q) ->
  exists e, least (fun e => F e <= delta / 2) e.
Proof.
  intros Hdl HF. set (z := 4 * (INR l * (INR d * INR d))) in *. set (n := clog 4 (z / (delta / 2))).
  apply (least_exists (fun e => F e <= delta / 2) (fun e => Rle_or _ _) n).
  eapply Rle_trans; [apply HF|]. pose proof (pow_clog 4 (z / (delta / 2)) ltac:(lra)) as C.
  fold n in C.
  assert (I : (1/4) ^ n * 4 ^ n = 1)
    by (rewrite <- Rpow_mult_distr; replace (1/4 * 4) with 1 by field; apply pow1).
  assert (I0 : 0 < (1/4) ^ n) by (apply pow_lt; lra).
  replace (z * (1/4) ^ n) with (z / (delta / 2) * (1/4) ^ n * (delta / 2)) by (field; lra).
  apply Rle_trans with (1 * (delta / 2)); [|lra]. apply Rmult_le_compat_r; [lra|].
  apply (Rmult_le_compat_r ((1/4) ^ n)) in C; lra.
Qed.
